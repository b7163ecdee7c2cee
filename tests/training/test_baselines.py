"""The baselines: persistence, and an autoregression that equals statsmodels' own."""

import numpy as np
import pytest
from statsmodels.tsa.ar_model import AutoReg
from support.errors import argument_error

from gru_book.data.sunspots import load_sunspots
from gru_book.training.baselines import Autoregression, persistence


def test_persistence_repeats_the_last_value():
    np.testing.assert_array_equal(persistence([3.0, 5.0, 4.0]), [np.nan, 3.0, 5.0])


@pytest.mark.parametrize("order", [1, 2, 9])
@pytest.mark.parametrize("extra", [0, 5])
def test_the_fit_equals_statsmodels(order, extra):
    numbers = load_sunspots().numbers[:200]
    ours = Autoregression.fit(numbers, order, first=order + extra)
    theirs = AutoReg(numbers, order, hold_back=order + extra).fit()
    np.testing.assert_allclose([ours.intercept, *ours.weights], theirs.params, rtol=1e-8)
    assert ours.num_fitted == theirs.nobs
    assert ours.residual_variance == pytest.approx(theirs.sigma2, rel=1e-8)
    np.testing.assert_allclose(ours.forecast(numbers)[order + extra :], theirs.fittedvalues, rtol=1e-8)


def test_aic_ranks_orders_as_statsmodels_does():
    numbers = load_sunspots().numbers[:200]
    ours = [Autoregression.fit(numbers, p, first=12).aic for p in range(1, 13)]
    theirs = [AutoReg(numbers, p, hold_back=12).fit().aic for p in range(1, 13)]
    np.testing.assert_allclose(np.diff(ours), np.diff(theirs), atol=1e-6)


def test_an_exact_recursion_is_recovered():
    series = [1.0, 2.0]
    for _ in range(20):
        series.append(0.5 + 0.9 * series[-1] - 0.6 * series[-2])
    fit = Autoregression.fit(series, 2)
    np.testing.assert_allclose([fit.intercept, *fit.weights], [0.5, 0.9, -0.6], rtol=1e-9)
    forecasts = fit.forecast(series)
    assert np.isnan(forecasts[:2]).all()
    np.testing.assert_allclose(forecasts[2:], series[2:], rtol=1e-9)


def test_a_forecast_never_looks_ahead():
    rng = np.random.default_rng(0)
    series = rng.standard_normal(50)
    fit = Autoregression.fit(series, 3)
    changed = np.concatenate([series[:30], 100 + series[30:]])
    np.testing.assert_array_equal(fit.forecast(changed)[:31], fit.forecast(series)[:31])  # 30 needs 0..29 only
    assert fit.forecast(changed)[31] != fit.forecast(series)[31]


def test_too_short_a_series_has_no_forecast():
    fit = Autoregression.fit(np.random.default_rng(0).standard_normal(20), 4)
    assert np.isnan(fit.forecast([1.0, 2.0])).all()


@pytest.mark.parametrize(
    ("values", "order", "first", "argument"),
    [
        (np.arange(9.0), 0, None, "order"),
        (np.arange(9.0), 1.5, None, "order"),
        (np.arange(9.0), 3, 2, "first"),
        (np.arange(9.0), 4, None, "values"),
        ([1.0, np.nan, 2.0], 1, None, "values"),
    ],
)
def test_what_does_not_fit_is_refused(values, order, first, argument):
    with argument_error(argument):
        Autoregression.fit(values, order, first=first)
