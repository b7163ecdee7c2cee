"""ONNX's GRU operator: rows z, r, h, z keeps the old state, and linear_before_reset says where the reset is.

B holds two biases, [Wb[zrh], Rb[zrh]]. With linear_before_reset=0 (the default, before the product) both are
added to the same sum; otherwise Rb of the candidate stands inside the reset, as here.

Source: the ONNX operator schema of GRU (version 22; the equations have not changed since version 7).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gru_book.convert.arrays import bias_or_zeros, has_bias, hidden_size_of, real_array, real_params, shaped
from gru_book.convert.rows import from_book, to_book
from gru_book.errors import ArgumentError
from gru_book.params import Array, GRUParams, describe

_ORDER = "zrn"


def from_onnx(W: Any, R: Any, B: Any = None, *, linear_before_reset: int = 0) -> GRUParams:
    """The parameters of one direction of an ONNX GRU node, as the same function here.

    Args:
        W: (3H, I).  R: (3H, H).  B: (6H,) or None, which is zeros. The node's own inputs have a leading axis
            num_directions: pass W[0], R[0], B[0] for the first and W[1], R[1], B[1] for the second.
        linear_before_reset: the node's attribute; 0 resets before the recurrent product, anything else after.

    Returns:
        GRUParams, float32 or float64 as W is; without biases if B is None. Arrays are copies. The node's
        attributes must be the defaults f=Sigmoid, g=Tanh and no clip, which weights do not show.

    Raises:
        ArgumentError: rank, size or dtype does not fit, or linear_before_reset is no integer.
    """
    if not isinstance(linear_before_reset, (int, np.integer, np.bool_)):
        raise ArgumentError("linear_before_reset", "0 or 1", describe(linear_before_reset))
    W, R = (_one_direction(name, value) for name, value in (("W", W), ("R", R)))
    hidden_size = hidden_size_of("R", R, transposed=False)
    R = shaped("R", R, (3 * hidden_size, hidden_size), W)
    W = shaped("W", W, (3 * hidden_size, "I"), W)
    arrays = {"weight_ih": W, "weight_hh": R}
    if B is not None:
        arrays["bias_ih"], arrays["bias_hh"] = np.split(shaped("B", B, (6 * hidden_size,), W), 2)
    rows = {name: to_book(array, _ORDER, z_keeps=True) for name, array in arrays.items()}
    return GRUParams(**rows, reset_after=bool(linear_before_reset))


def to_onnx(params: GRUParams) -> tuple[Array, Array, Array | None, int]:
    """The inputs of one direction of an ONNX GRU node that computes the same function.

    Returns:
        W (3H, I), R (3H, H), B (6H,) or None, and linear_before_reset, 0 or 1; copies. A node's inputs need
        the leading axis num_directions: W[None], R[None], B[None], or np.stack of two directions.
        A missing bias becomes zeros beside the other; without both, B is None.

    Raises:
        ArgumentError: no GRUParams. ConversionError: complex128, which the operator does not take.
    """
    params = real_params(params)
    W, R = (from_book(array, _ORDER, z_keeps=True) for array in (params.weight_ih, params.weight_hh))
    B = None
    if has_bias(params):
        biases = (bias_or_zeros(params, name) for name in ("bias_ih", "bias_hh"))
        B = np.concatenate([from_book(bias, _ORDER, z_keeps=True) for bias in biases])
    return W, R, B, int(params.reset_after)


def _one_direction(name: str, value: Any) -> Array:
    array = real_array(name, value)
    if array.ndim == 3:
        expected = f"one direction, rank 2: pass {name}[0], and {name}[1] for the second direction"
        raise ArgumentError(name, expected, f"shape {array.shape}")
    return array
