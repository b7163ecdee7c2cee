"""The losses: values and gradients of torch, stable in the tails, blind to what is not valid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error
from support.tolerances import assert_close

from gru_book.numpy_backend import check_gradients
from gru_book.numpy_backend.losses import (
    bernoulli_nll,
    bernoulli_nll_backward,
    cross_entropy,
    cross_entropy_backward,
    mean_squared_error,
    mean_squared_error_backward,
)

T, B, C = 4, 3, 5
LOSSES = {
    "cross_entropy": (cross_entropy, cross_entropy_backward),
    "bernoulli_nll": (bernoulli_nll, bernoulli_nll_backward),
    "mean_squared_error": (mean_squared_error, mean_squared_error_backward),
}
EVERY_LOSS = pytest.mark.parametrize("name", LOSSES)


def targets_of(name, rng):
    if name == "cross_entropy":
        return rng.integers(0, C, (T, B))
    if name == "bernoulli_nll":
        return rng.integers(0, 2, (T, B, C)).astype(float)
    return rng.standard_normal((T, B, C))


def torch_loss(name, logits, targets, valid):
    import torch
    from torch.nn import functional

    leaf = torch.tensor(logits, requires_grad=True)
    kept, y = leaf[torch.tensor(valid)], torch.tensor(targets)[torch.tensor(valid)]
    if name == "cross_entropy":
        loss = functional.cross_entropy(kept, y)
    elif name == "bernoulli_nll":
        loss = functional.binary_cross_entropy_with_logits(kept, y, reduction="none").sum(-1).mean()
    else:
        loss = functional.mse_loss(kept, y)
    loss.backward()
    return loss.item(), leaf.grad.numpy()


def draw_valid(rng):
    valid = rng.random((T, B)) < 0.6
    valid[0, 0] = True
    return valid


@pytest.mark.torch
@EVERY_LOSS
@given(seed=st.integers(0, 1000), scale=st.sampled_from([1.0, 30.0]))
def test_values_and_gradients_are_those_of_torch(name, seed, scale):
    pytest.importorskip("torch")
    rng, (loss, backward) = np.random.default_rng(seed), LOSSES[name]
    logits, targets, valid = scale * rng.standard_normal((T, B, C)), targets_of(name, rng), draw_valid(rng)
    value, d_logits = torch_loss(name, logits, targets, valid)
    assert loss(logits, targets, valid) == pytest.approx(value, rel=1e-12)
    assert_close(backward(logits, targets, valid), d_logits)


@EVERY_LOSS
@pytest.mark.parametrize("masked", [False, True])
def test_the_gradient_passes_all_checks(name, masked):
    rng, (loss, backward) = np.random.default_rng(0), LOSSES[name]
    logits, targets = rng.standard_normal((T, B, C)), targets_of(name, rng)
    valid = draw_valid(rng) if masked else None
    report = check_gradients(
        lambda logits: loss(logits, targets, valid), {"logits": logits}, {"logits": backward(logits, targets, valid)}
    )
    assert report, str(report)
    assert not report.not_applicable


@EVERY_LOSS
@given(seed=st.integers(0, 1000), bad=st.sampled_from([np.nan, np.inf, -np.inf]))
def test_what_is_not_valid_changes_not_one_bit(name, seed, bad):
    rng, (loss, backward) = np.random.default_rng(seed), LOSSES[name]
    logits, targets, valid = rng.standard_normal((T, B, C)), targets_of(name, rng), draw_valid(rng)
    dirty, other = logits.copy(), targets.copy()
    dirty[~valid], other[~valid] = bad, -100
    with np.errstate(all="raise"):
        assert loss(dirty, other, valid) == loss(logits, targets, valid)
        grad = backward(dirty, other, valid)
    np.testing.assert_array_equal(grad, backward(logits, targets, valid))
    np.testing.assert_array_equal(grad[~valid], 0.0)


@EVERY_LOSS
def test_float32_stays_float32(name):
    rng, (_, backward) = np.random.default_rng(0), LOSSES[name]
    targets = targets_of(name, rng)
    targets = targets if name == "cross_entropy" else targets.astype(np.float32)
    assert backward(rng.standard_normal((T, B, C)).astype(np.float32), targets).dtype == np.float32


def test_cross_entropy_by_hand():
    assert cross_entropy(np.zeros((3, 8)), [0, 3, 7]) == pytest.approx(np.log(8), rel=1e-15)
    p = np.array([0.7, 0.2, 0.1])
    assert cross_entropy(np.log(p)[None], [1]) == pytest.approx(-np.log(0.2), rel=1e-15)
    np.testing.assert_allclose(cross_entropy_backward(np.log(p)[None], [1]), [[0.7, -0.8, 0.1]], rtol=1e-14)


def test_the_tails_are_exact_where_a_probability_would_round_to_0_or_1():
    with np.errstate(all="raise", under="ignore"):
        assert cross_entropy(np.array([[1e4, 0.0, -1e4]]), [1]) == 1e4
        assert cross_entropy(np.array([[50.0, 0.0]]), [0]) == pytest.approx(np.exp(-50.0), rel=1e-5, abs=2e-16)
        assert bernoulli_nll(np.array([[1e4]]), np.array([[0.0]])) == 1e4
        assert bernoulli_nll(np.array([[50.0]]), np.array([[1.0]])) == pytest.approx(np.exp(-50.0), abs=1e-14)
        assert bernoulli_nll(np.array([[-50.0]]), np.array([[0.0]])) == pytest.approx(np.exp(-50.0), rel=1e-12)
        np.testing.assert_array_equal(bernoulli_nll_backward(np.array([[1e4, -1e4]]), np.array([[1.0, 0.0]])), 0.0)


def test_a_shift_of_all_logits_changes_nothing():
    rng = np.random.default_rng(0)
    logits, targets = rng.standard_normal((T, B, C)), rng.integers(0, C, (T, B))
    assert cross_entropy(logits + 1e3, targets) == pytest.approx(cross_entropy(logits, targets), rel=1e-10)


def test_arguments_that_do_not_fit_are_named():
    logits, targets = np.zeros((T, B, C)), np.zeros((T, B), int)
    nothing = np.zeros((T, B), bool)
    for loss in (cross_entropy, cross_entropy_backward):
        with argument_error("logits"):
            loss([[1.0]], [0])
        with argument_error("logits"):
            loss(np.zeros((2, 0)), [0, 0])
        with argument_error("targets", expected=r"\(4, 3\)"):
            loss(logits, targets[:2])
        with argument_error("targets", got="ragged"):
            loss(logits, [[0], [0, 1]])
        with argument_error("targets", expected="integers"):
            loss(logits, targets.astype(float))
        with argument_error("targets", expected=r"0\.\.4", got="5"):
            loss(logits, targets + 5)
        with argument_error("targets", got="-1"):
            loss(logits, targets - 1)
        with argument_error("valid", expected="bool"):
            loss(logits, targets, np.ones((T, B)))
        with argument_error("valid", expected="at least one"):
            loss(logits, targets, nothing)
    for loss in (bernoulli_nll, bernoulli_nll_backward):
        with argument_error("targets", expected=r"0\.\.1", got="2"):
            loss(logits, logits + 2)
        with argument_error("targets", expected=r"\(4, 3, 5\)"):
            loss(logits, logits[..., 0])
        with argument_error("targets", expected="float64"):
            loss(logits, logits.astype(np.float32))
        with argument_error("valid", expected="at least one"):
            loss(logits, logits, nothing)
    for loss in (mean_squared_error, mean_squared_error_backward):
        with argument_error("y_hat"):
            loss(None, logits)
        with argument_error("y_hat", expected="float32"):
            loss(targets, targets)
        with argument_error("y", expected="float64"):
            loss(logits, logits.astype(np.float32))
        with argument_error("valid"):
            loss(logits, logits, nothing)
