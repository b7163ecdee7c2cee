"""Errors of forecasts, and how sure a mean of few runs or of a dependent series is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gru_book.data.series import finite_series
from gru_book.errors import ArgumentError
from gru_book.params import Array, describe


def rmse(y_hat: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """The root of the mean squared error, in the unit of y; y_hat and y are (T,), finite, of one length."""
    forecasts, truth = finite_series("y_hat", y_hat), finite_series("y", y)
    if forecasts.shape != truth.shape:
        raise ArgumentError("y", f"shape {forecasts.shape}, that of y_hat", f"shape {truth.shape}")
    return float(np.sqrt(np.mean((forecasts - truth) ** 2)))


class Interval(NamedTuple):
    """An estimate and the interval around it."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.1f} [{self.low:.1f}, {self.high:.1f}]"


def mean_interval(values: npt.ArrayLike, level: float = 0.95) -> Interval:
    """The mean of independent runs with Student's t interval, mean +- t * s / sqrt(n); n >= 2 values."""
    runs = finite_series("values", values)
    _check_level(level)
    if runs.size < 2:
        raise ArgumentError("values", "at least two runs", "one")
    from statsmodels.stats.weightstats import DescrStatsW  # takes about a second: only when asked

    low, high = DescrStatsW(runs).tconfint_mean(alpha=1.0 - level)
    return Interval(float(runs.mean()), float(low), float(high))


def block_bootstrap_interval(
    values: npt.ArrayLike, block: int, rng: np.random.Generator, *, draws: int = 10_000, level: float = 0.95
) -> Interval:
    """The mean of a series whose neighbours depend on each other, with a percentile interval.

    Each draw rebuilds a series of T values from random stretches of `block` consecutive ones (the series is
    closed to a ring), so that dependence within a block stays.

    Args:
        values: (T,), for example the yearly differences of two models' squared errors.
        block: 1 <= block <= T; longer than the dependence, for sunspots about one cycle.

    Source: Politis and Romano 1992, "A circular block-resampling procedure for stationary data".
    """
    series = finite_series("values", values)
    _check_level(level)
    if not isinstance(block, (int, np.integer)) or not 1 <= block <= series.size:
        raise ArgumentError("block", f"1 <= block <= T = {series.size}", describe(block))
    if not isinstance(draws, (int, np.integer)) or draws < 1:
        raise ArgumentError("draws", "an integer >= 1", describe(draws))
    num_blocks = -(-series.size // block)
    starts = rng.integers(0, series.size, (draws, num_blocks, 1))
    positions = (starts + np.arange(block)).reshape(draws, -1)[:, : series.size] % series.size
    means: Array = series[positions].mean(axis=1)
    low, high = np.quantile(means, [(1.0 - level) / 2, (1.0 + level) / 2])
    return Interval(float(series.mean()), float(low), float(high))


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise ArgumentError("level", "a number between 0 and 1, such as 0.95", describe(level))
