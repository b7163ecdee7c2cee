"""What every converter asks of its arrays and of its GRUParams."""

from __future__ import annotations

from typing import Any

import numpy as np

from gru_book.errors import ArgumentError, ConversionError
from gru_book.params import Array, GRUParams, as_array, describe

REAL = (np.dtype(np.float32), np.dtype(np.float64))


def real_array(name: str, value: Any) -> Array:
    """A tensor on any device, a variable or an array, as a float32 or float64 array; not always a copy.

    Raises ArgumentError: another dtype, or nothing that NumPy can read as numbers.
    """
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) not in ("torch.float32", "torch.float64"):
            raise ArgumentError(name, "float32 or float64", str(value.dtype))
        value = value.numpy()
    if not isinstance(value, (list, tuple)) and not hasattr(value, "__array__"):
        raise ArgumentError(name, "a tensor or an array", describe(value))
    try:
        array = np.asarray(value)
    except ValueError:
        raise ArgumentError(name, "a tensor or an array", "a ragged nested list") from None
    if array.dtype not in REAL:
        raise ArgumentError(name, "float32 or float64", f"dtype {array.dtype}")
    return array


def shaped(name: str, value: Any, shape: tuple[int | str, ...], like: Array) -> Array:
    """`value` as a real array of that shape and of the dtype of `like`."""
    return as_array(name, real_array(name, value), shape, like.dtype)


def hidden_size_of(name: str, weight_hh: Array, *, transposed: bool) -> int:
    """H of a recurrent weight (3H, H), or (H, 3H) where the library multiplies from the right."""
    rows, columns = weight_hh.shape[::-1] if transposed and weight_hh.ndim == 2 else (*weight_hh.shape, 0, 0)[:2]
    if weight_hh.ndim != 2 or columns < 1 or rows != 3 * columns:
        expected = "shape (H, 3H)" if transposed else "shape (3H, H)"
        raise ArgumentError(name, f"{expected} with H >= 1", f"shape {weight_hh.shape}")
    return int(columns)


def real_params(params: GRUParams) -> GRUParams:
    """`params`, if it is something that another library can hold.

    Raises ArgumentError: no GRUParams. ConversionError: complex128.
    """
    if not isinstance(params, GRUParams):
        raise ArgumentError("params", "GRUParams", describe(params))
    if params.dtype not in REAL:
        raise ConversionError("params", "float32 or float64", str(params.dtype))
    return params


def bias_or_zeros(params: GRUParams, name: str) -> Array:
    """bias_ih or bias_hh, (3H,); zeros where it is None, which is the same function."""
    bias = getattr(params, name)
    return np.zeros(3 * params.hidden_size, params.dtype) if bias is None else bias


def has_bias(params: GRUParams) -> bool:
    """Whether any of the two biases is there."""
    return params.bias_ih is not None or params.bias_hh is not None
