"""A linear layer, forward beside backward: the head that turns states into forecasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.params import DTYPES, Array, as_array, describe


@dataclass(frozen=True, eq=False)
class LinearParams:
    """weight: (O, H); bias: (O,). O is the output's size. Raises ArgumentError if they do not fit together."""

    weight: Array
    bias: Array

    def __post_init__(self) -> None:
        dtype = np.asarray(self.weight).dtype
        if dtype not in DTYPES:
            raise ArgumentError("weight", "dtype float32, float64 or complex128", f"dtype {dtype}")
        weight = as_array("weight", self.weight, ("O", "H"), dtype).view()
        bias = as_array("bias", self.bias, (weight.shape[0],), dtype).view()
        for name, array in (("weight", weight), ("bias", bias)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """The (name, array) pairs."""
        yield "weight", self.weight
        yield "bias", self.bias

    def replace(self, **arrays: Array) -> LinearParams:
        """A copy with some arrays replaced."""
        known = dict(self.arrays())
        unknown = sorted(set(arrays) - set(known))
        if unknown:
            raise ArgumentError(unknown[0], "weight or bias", "no such field")
        return LinearParams(**{**known, **arrays})

    @property
    def num_parameters(self) -> int:
        """O * (H + 1)."""
        return self.weight.size + self.bias.size


def init_linear(
    rng: np.random.Generator, input_size: int, output_size: int, *, dtype: npt.DTypeLike = np.float64
) -> LinearParams:
    """Draw weights and biases uniformly from (-1/sqrt(H), 1/sqrt(H)), H the input's size: torch.nn.Linear's rule."""
    if not isinstance(rng, np.random.Generator):
        raise ArgumentError("rng", "a numpy Generator, e.g. np.random.default_rng(0)", describe(rng))
    for name, size in (("input_size", input_size), ("output_size", output_size)):
        if not isinstance(size, (int, np.integer)) or size < 1:
            raise ArgumentError(name, "an integer >= 1", describe(size))
    bound = 1.0 / np.sqrt(input_size)
    weight = rng.uniform(-bound, bound, (output_size, input_size)).astype(dtype)
    return LinearParams(weight, rng.uniform(-bound, bound, output_size).astype(dtype))


def linear(params: LinearParams, h: Array) -> Array:
    """y = W h + b for each row. h: (..., H) -> y: (..., O)."""
    y: Array = h @ params.weight.T + params.bias
    return y


def linear_backward(params: LinearParams, h: Array, d_y: Array) -> tuple[Array, LinearParams]:
    """d_h: (..., H) and the parameters' gradients from d_y: (..., O); one product over all rows."""
    rows_h, rows_y = h.reshape(-1, h.shape[-1]), d_y.reshape(-1, d_y.shape[-1])
    return d_y @ params.weight, LinearParams(rows_y.T @ rows_h, rows_y.sum(axis=0))


def mean_squared_error(y_hat: Array, y: Array) -> float:
    """The mean of (y_hat - y)^2 over all entries; both of one shape, not empty."""
    _check_targets(y_hat, y)
    return float(np.mean((y_hat - y) ** 2))


def mean_squared_error_backward(y_hat: Array, y: Array) -> Array:
    """d_y_hat, in the shape of y_hat: 2 (y_hat - y) / size."""
    _check_targets(y_hat, y)
    d_y_hat: Array = 2.0 * (y_hat - y) / y.size
    return d_y_hat


def _check_targets(y_hat: Array, y: Array) -> None:
    # Without this check (T, 1) against (T,) would broadcast to (T, T) and give a wrong loss without a word.
    if y_hat.shape != y.shape or y.size == 0:
        raise ArgumentError("y", f"shape {y_hat.shape}, that of y_hat, and not empty", f"shape {y.shape}")
