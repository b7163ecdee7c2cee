"""A series in time: checked, split in time, scaled by its past, turned into inputs and targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.params import Array, describe


def finite_series(argument: str, values: npt.ArrayLike) -> Array:
    """`values` as a float64 array (T,), T >= 1. Raises ArgumentError: other rank, empty, or a NaN or inf in it."""
    try:
        series = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentError(argument, "a list of numbers, shape (T,)", describe(values)) from None
    if series.ndim != 1 or series.size == 0:
        raise ArgumentError(argument, "shape (T,) with T >= 1", f"shape {series.shape}")
    bad = np.flatnonzero(~np.isfinite(series))
    if bad.size:
        raise ArgumentError(argument, "finite numbers", f"{series[bad[0]]} at position {bad[0]}")
    return series


class TimeSplit(NamedTuple):
    """Three consecutive stretches of one series, the past first; each a slice of positions."""

    train: slice
    validation: slice
    test: slice


def split_in_time(times: npt.ArrayLike, *, validation_from: float, test_from: float) -> TimeSplit:
    """Cut a series at two times: train < validation_from <= validation < test_from <= test.

    Args:
        times: (T,), strictly increasing, such as years.

    Raises:
        ArgumentError: times out of order, or a cut that leaves a stretch empty.
    """
    times = finite_series("times", times)
    if np.any(np.diff(times) <= 0):
        raise ArgumentError("times", "strictly increasing numbers", "a time that does not follow the one before")
    first, second = (int(np.searchsorted(times, cut)) for cut in (validation_from, test_from))
    if not 0 < first < second < times.size:
        raise ArgumentError(
            "validation_from, test_from",
            f"two cuts inside {times[0]:g} to {times[-1]:g}, in this order, no stretch empty",
            f"{validation_from:g}, {test_from:g}",
        )
    return TimeSplit(slice(0, first), slice(first, second), slice(second, times.size))


@dataclass(frozen=True)
class Standardiser:
    """Shift and scale a series so that the stretch it was fitted on has mean 0 and standard deviation 1.

    Fit it on the training stretch alone. A mean that has seen the test years tells the model of its future.
    """

    mean: float
    std: float

    @classmethod
    def fit(cls, values: npt.ArrayLike) -> Standardiser:
        """From `values` (T,) and nothing else. Raises ArgumentError: not finite, or all equal."""
        series = finite_series("values", values)
        mean, std = float(series.mean()), float(series.std())
        if std == 0.0:
            raise ArgumentError("values", "at least two different numbers", f"{series[0]:g} throughout")
        return cls(mean, std)

    def transform(self, values: Array) -> Array:
        """(values - mean) / std, any shape."""
        return (values - self.mean) / self.std

    def inverse(self, scaled: Array) -> Array:
        """Back to the series' own unit, any shape."""
        return scaled * self.std + self.mean


def next_value_pairs(values: npt.ArrayLike) -> tuple[Array, Array]:
    """Inputs and targets of one-step-ahead forecasting: x[t] is value t, y[t] is value t + 1.

    values: (T,), T >= 2 -> x, y: (T - 1, 1, 1), time first, one sequence, one feature.
    """
    series = finite_series("values", values)
    if series.size < 2:
        raise ArgumentError("values", "at least two values", "one value")
    return series[:-1, None, None].copy(), series[1:, None, None].copy()


def windows(x: Array, seq_len: int, stride: int = 1) -> Array:
    """Cut one long sequence into a batch of overlapping windows, oldest first.

    x: (T, 1, I) -> (seq_len, B, I) with B = (T - seq_len) // stride + 1.
    """
    if x.ndim != 3 or x.shape[1] != 1:
        raise ArgumentError("x", "shape (T, 1, I), one sequence", f"shape {x.shape}")
    if not 1 <= seq_len <= x.shape[0]:
        raise ArgumentError("seq_len", f"1 <= seq_len <= T = {x.shape[0]}", describe(seq_len))
    if stride < 1:
        raise ArgumentError("stride", "an integer >= 1", describe(stride))
    starts = range(0, x.shape[0] - seq_len + 1, stride)
    return np.concatenate([x[start : start + seq_len] for start in starts], axis=1)
