"""The training loop: deterministic, stops early on validation, keeps the best, and never trains on in NaN."""

import numpy as np
import pytest
from support.errors import argument_error

from gru_book.data.series import next_value_pairs
from gru_book.numpy_backend.optim import SGD, Adam
from gru_book.numpy_backend.tree import tree_leaves
from gru_book.training.forecaster import init_forecaster, loss_and_grads
from gru_book.training.loop import DivergenceError, train


def bowl(params, rng):
    """|p - 1|^2 and its gradient."""
    return float(((params - 1) ** 2).sum()), 2 * (params - 1)


def noisy_bowl(params, rng):
    target = 1 + 0.1 * rng.standard_normal(params.shape)
    return float(((params - target) ** 2).sum()), 2 * (params - target)


def test_the_minimum_is_found_and_the_curve_falls():
    result = train(np.zeros(3), bowl, SGD(0.1), np.random.default_rng(0), max_steps=60)
    np.testing.assert_allclose(result.params, 1, atol=1e-4)
    assert result.best_step == 60
    assert result.train_loss.shape == (60,)
    assert result.train_loss[0] == 3.0  # measured before the first step
    assert (np.diff(result.train_loss) < 0).all()
    assert result.validated_at.size == result.validation_loss.size == 0


def test_one_rng_one_run():
    runs = [train(np.zeros(2), noisy_bowl, Adam(0.1), np.random.default_rng(s), max_steps=20) for s in (4, 4, 5)]
    np.testing.assert_array_equal(runs[0].train_loss, runs[1].train_loss)
    np.testing.assert_array_equal(runs[0].params, runs[1].params)
    assert (runs[0].params != runs[2].params).all()


def test_the_best_validated_parameters_are_kept_and_patience_ends_the_run():
    # The validation optimum, 0.5, lies on the way to the training optimum, 1.
    result = train(
        np.zeros(1),
        bowl,
        SGD(0.01),
        np.random.default_rng(0),
        max_steps=1000,
        validate=lambda p: abs(float(p[0]) - 0.5),
        validate_every=5,
        patience=20,
    )
    assert result.params[0] == pytest.approx(0.5, abs=0.05)
    assert result.best_step == result.validated_at[result.validation_loss.argmin()]
    assert result.validated_at[-1] == result.best_step + 20
    assert result.train_loss.size == result.validated_at[-1]


def test_the_last_step_is_validated_too():
    result = train(
        np.zeros(1), bowl, SGD(0.01), np.random.default_rng(0), max_steps=7, validate=lambda p: -p[0], validate_every=5
    )
    np.testing.assert_array_equal(result.validated_at, [0, 5, 7])
    assert result.best_step == 7


def test_clipping_bounds_each_step():
    result = train(np.full(1, 1e9), bowl, SGD(1.0), np.random.default_rng(0), max_steps=1, max_norm=2.0)
    assert result.params[0] == 1e9 - 2.0


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (lambda p, rng: (np.nan, p), "training loss: expected a finite number, got nan after 0 steps"),
        (lambda p, rng: (np.inf, p), "training loss: expected a finite number, got inf after 0 steps"),
        (lambda p, rng: (1.0, p * np.nan), "norm of the gradient: expected a finite number, got nan after 0 steps"),
    ],
)
@pytest.mark.parametrize("max_norm", [None, 1.0])
def test_a_number_that_is_not_finite_ends_the_run(objective, message, max_norm):
    with pytest.raises(DivergenceError, match=message):
        train(np.ones(2), objective, Adam(0.1), np.random.default_rng(0), max_steps=5, max_norm=max_norm)


def test_a_validation_loss_that_is_not_finite_ends_the_run():
    with pytest.raises(DivergenceError, match=r"validation loss: .* got nan after 0 steps"):
        train(np.ones(1), bowl, SGD(0.1), np.random.default_rng(0), max_steps=5, validate=lambda p: np.nan)


def test_steps_that_are_too_large_are_reported():
    with pytest.raises(DivergenceError, match="lower lr"), np.errstate(over="ignore"):
        train(np.zeros(1), bowl, SGD(1e3), np.random.default_rng(0), max_steps=1000)


@pytest.mark.parametrize(
    ("change", "argument"),
    [({"max_steps": 0}, "max_steps"), ({"validate_every": 0}, "validate_every"), ({"patience": 3}, "patience")],
)
def test_arguments_that_make_no_sense_are_refused(change, argument):
    with argument_error(argument):
        train(np.zeros(1), bowl, SGD(0.1), np.random.default_rng(0), **{"max_steps": 5, **change})


def trained_on(series):
    x, y = next_value_pairs(series)
    rng = np.random.default_rng(0)
    model = init_forecaster(rng, 1, 4)
    return train(model, lambda m, _: loss_and_grads(m, x, y), Adam(0.05), rng, max_steps=60, max_norm=1.0)


def test_a_gru_learns_a_sine():
    result = trained_on(np.sin(np.arange(40) * 0.6))
    assert result.train_loss[-1] < 0.05 * result.train_loss[0]


def test_what_the_training_never_saw_cannot_change_it():
    series = np.sin(np.arange(60) * 0.6)
    other_future = np.concatenate([series[:40], 100 + series[40:]])
    one, other = (trained_on(s[:40]) for s in (series, other_future))
    for a, b in zip(tree_leaves(one.params), tree_leaves(other.params), strict=True):
        np.testing.assert_array_equal(a, b)
    leaky = trained_on(other_future)  # the guard's guard: with the future inside, the parameters do change
    assert (leaky.params.head.weight != one.params.head.weight).any()
