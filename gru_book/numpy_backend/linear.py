"""A linear layer, forward beside backward: the head that turns states into forecasts or logits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.params import Array, ParamArrays, as_any_array, check_dtype, check_generator, check_size


@dataclass(frozen=True, eq=False)
class LinearParams(ParamArrays):
    """weight: (O, H); bias: (O,). O is the output's size. Raises ArgumentError if they do not fit together."""

    weight: Array
    bias: Array

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = {"weight": ("O", "H"), "bias": ("O",)}
    LEADING: ClassVar[str] = "weight"
    ROWS: ClassVar[str] = "one row for each output"


def init_linear(
    rng: np.random.Generator, input_size: int, output_size: int, *, dtype: npt.DTypeLike = np.float64
) -> LinearParams:
    """Draw weights and biases uniformly from (-1/sqrt(H), 1/sqrt(H)), H the input's size: torch.nn.Linear's rule.

    Raises ArgumentError: `rng` is no numpy Generator, a size is not a positive integer, or an unknown dtype.
    """
    check_generator(rng)
    shape = check_size("output_size", output_size), check_size("input_size", input_size)
    dtype = check_dtype(dtype)
    bound = 1.0 / np.sqrt(input_size)
    weight = rng.uniform(-bound, bound, shape).astype(dtype)
    return LinearParams(weight, rng.uniform(-bound, bound, output_size).astype(dtype))


def linear(params: LinearParams, h: Array) -> Array:
    """y = W h + b for each row. h: (..., H) -> y: (..., O). Raises ArgumentError if h does not fit."""
    params = LinearParams.checked(params)
    y: Array = _checked_rows("h", h, params, params.weight.shape[1]) @ params.weight.T + params.bias
    return y


def linear_backward(params: LinearParams, h: Array, d_y: Array) -> tuple[Array, LinearParams]:
    """d_h: (..., H) and the parameters' gradients from d_y: (..., O); one product over all rows.

    Raises ArgumentError if h or d_y does not fit.
    """
    params = LinearParams.checked(params)
    output_size, input_size = params.weight.shape
    h, d_y = _checked_rows("h", h, params, input_size), _checked_rows("d_y", d_y, params, output_size)
    if h.shape[:-1] != d_y.shape[:-1]:
        raise ArgumentError("d_y", f"shape {(*h.shape[:-1], output_size)}", f"shape {d_y.shape}")
    rows_h, rows_y = h.reshape(-1, input_size), d_y.reshape(-1, output_size)
    return d_y @ params.weight, LinearParams(rows_y.T @ rows_h, rows_y.sum(axis=0))


def _checked_rows(argument: str, value: Array, params: LinearParams, size: int) -> Array:
    """`value` as an array (..., size) of the parameters' dtype."""
    array = as_any_array(argument, value, f"a {params.dtype} array of shape (..., {size})")
    if array.ndim < 1 or array.shape[-1] != size:
        raise ArgumentError(argument, f"shape (..., {size})", f"shape {array.shape}")
    if array.dtype != params.dtype:
        raise ArgumentError(argument, f"dtype {params.dtype}, the parameters' own", f"dtype {array.dtype}")
    return array
