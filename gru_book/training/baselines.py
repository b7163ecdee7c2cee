"""What a model must beat: the last value, and a linear autoregression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gru_book.data.series import finite_series
from gru_book.errors import ArgumentError
from gru_book.params import Array, describe


def persistence(values: npt.ArrayLike) -> Array:
    """Each value forecast by the one before: (T,) from values (T,), the first NaN since nothing precedes it."""
    series = finite_series("values", values)
    return np.concatenate([[np.nan], series[:-1]])


@dataclass(frozen=True, eq=False)
class Autoregression:
    """y_t = c + a_1 y_{t-1} + ... + a_p y_{t-p}, fitted by least squares.

    Fields: intercept c; weights (p,), a_1 first; residual_variance, the mean squared error on the fitted years;
    num_fitted, how many years were fitted.
    """

    intercept: float
    weights: Array
    residual_variance: float
    num_fitted: int

    @property
    def order(self) -> int:
        """p, how many past values are used."""
        return int(self.weights.size)

    @property
    def aic(self) -> float:
        """n log(residual variance) + 2 (p + 1); comparable between orders fitted on the same years."""
        return float(self.num_fitted * np.log(self.residual_variance) + 2 * (self.order + 1))

    @classmethod
    def fit(cls, values: npt.ArrayLike, order: int, *, first: int | None = None) -> Autoregression:
        """Least squares on the targets values[first:]; `first` defaults to `order`, the earliest possible.

        Orders can be compared only on the same targets: give them one `first`, the largest order.

        Raises ArgumentError: values not finite, order < 1, first < order, or fewer targets than coefficients.
        """
        series = finite_series("values", values)
        if not isinstance(order, (int, np.integer)) or order < 1:
            raise ArgumentError("order", "an integer >= 1", describe(order))
        start = order if first is None else first
        if start < order:
            raise ArgumentError("first", f"at least order = {order}", describe(start))
        targets = series[start:]
        if targets.size <= order + 1:
            raise ArgumentError(
                "values", f"more than {order + 1} targets for {order + 1} coefficients", f"{targets.size}"
            )
        design = np.column_stack([np.ones(targets.size), _lags(series, order, start)])
        coefficients, *_ = np.linalg.lstsq(design, targets, rcond=None)
        variance = float(np.mean((targets - design @ coefficients) ** 2))
        return cls(float(coefficients[0]), coefficients[1:], variance, int(targets.size))

    def forecast(self, values: npt.ArrayLike) -> Array:
        """One-step forecasts (T,) of values (T,), each from the true values before it; the first p are NaN."""
        series = finite_series("values", values)
        forecasts = np.full(series.size, np.nan)
        if series.size > self.order:
            forecasts[self.order :] = self.intercept + _lags(series, self.order, self.order) @ self.weights
        return forecasts


def _lags(series: Array, order: int, start: int) -> Array:
    """(T - start, order): row i holds the `order` values before position start + i, the latest first."""
    return np.column_stack([series[start - lag : series.size - lag] for lag in range(1, order + 1)])
