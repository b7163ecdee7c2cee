"""Errors and intervals: by hand, against SciPy, and by how often they cover the truth."""

import numpy as np
import pytest
from scipy import stats
from support.errors import argument_error

from gru_book.training.metrics import Interval, block_bootstrap_interval, mean_interval, rmse


def test_rmse_by_hand():
    assert rmse([1.0, 2.0], [1.0, 6.0]) == pytest.approx(np.sqrt(8))


@pytest.mark.parametrize(("y_hat", "argument"), [([1.0], "y"), ([1.0, np.nan], "y_hat"), ([[1.0], [2.0]], "y_hat")])
def test_rmse_refuses_what_does_not_fit(y_hat, argument):
    with argument_error(argument):
        rmse(y_hat, [1.0, 2.0])


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_the_t_interval_equals_scipys(level):
    values = np.random.default_rng(0).normal(3, 2, 6)
    got = mean_interval(values, level)
    expected = stats.t.interval(level, 5, loc=values.mean(), scale=stats.sem(values))
    np.testing.assert_allclose(got, [values.mean(), *expected])


def test_an_interval_prints_short():
    assert str(Interval(1.26, 0.94, 2.0)) == "1.3 [0.9, 2.0]"


def moving_average(rng, num):
    """Each value shares its noise with its six neighbours; the mean is 0."""
    return np.convolve(rng.standard_normal(num + 6), np.ones(7), mode="valid")


def coverage(block):
    rng = np.random.default_rng(1)
    intervals = [block_bootstrap_interval(moving_average(rng, 200), block, rng, draws=300) for _ in range(200)]
    return np.mean([low <= 0 <= high for _, low, high in intervals])


def test_blocks_cover_a_dependent_series_where_single_values_do_not():
    assert coverage(20) > 0.85
    assert coverage(1) < 0.7


def test_the_bootstrap_follows_its_rng_and_centres_on_the_mean():
    values = np.random.default_rng(0).standard_normal(50)
    one, other = (block_bootstrap_interval(values, 5, np.random.default_rng(7), draws=500) for _ in range(2))
    assert one == other
    assert one.mean == pytest.approx(values.mean())
    assert one.low < one.mean < one.high


def test_one_block_as_long_as_the_series_has_no_spread():
    values = np.arange(10.0)
    assert block_bootstrap_interval(values, 10, np.random.default_rng(0), draws=50) == (4.5, 4.5, 4.5)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: mean_interval([1.0]), "values"),
        (lambda: mean_interval([1.0, 2.0], 1.0), "level"),
        (lambda: block_bootstrap_interval([1.0, 2.0], 3, np.random.default_rng(0)), "block"),
        (lambda: block_bootstrap_interval([1.0, 2.0], 0, np.random.default_rng(0)), "block"),
        (lambda: block_bootstrap_interval([1.0, 2.0], 1, np.random.default_rng(0), draws=0), "draws"),
        (lambda: block_bootstrap_interval([1.0, np.inf], 1, np.random.default_rng(0)), "values"),
    ],
)
def test_what_makes_no_sense_is_refused(call, argument):
    with argument_error(argument):
        call()
