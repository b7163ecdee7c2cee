"""Keras' GRU: columns z, r, h, kernels that multiply from the right, z keeps the old state.

reset_after=True, Keras' default, has two biases, (2, 3H): the input's, then the recurrent one, whose candidate
part stands inside the reset. reset_after=False has one, (3H,).

Source: keras.layers.GRUCell (Keras 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gru_book.convert.arrays import bias_or_zeros, has_bias, hidden_size_of, real_array, real_params, shaped
from gru_book.convert.rows import from_book, to_book
from gru_book.errors import ArgumentError
from gru_book.params import Array, GRUParams, describe

_ORDER = "zrn"


def from_keras(weights: Sequence[Any], *, reset_after: bool) -> GRUParams:
    """The parameters of a keras.layers.GRU or GRUCell, as the same function here.

    Args:
        weights: layer.get_weights(): kernel (I, 3H), recurrent_kernel (H, 3H) and, with use_bias, bias: (2, 3H)
            for reset_after=True, (3H,) for False. A Bidirectional layer's get_weights() holds two layers, the
            forward one first: pass each half.
        reset_after: the layer's own; weights without a bias do not show it.

    Returns:
        GRUParams, float32 or float64 as in the layer; bias_hh only for reset_after=True. Arrays are copies. The
        layer's activations must be the defaults, tanh and sigmoid, which weights do not show.

    Raises:
        ArgumentError: not two or three arrays, or a rank, size or dtype does not fit.
    """
    if not isinstance(reset_after, (bool, np.bool_)):
        raise ArgumentError("reset_after", "True or False", describe(reset_after))
    kernel, recurrent_kernel, *rest = _named_arrays(weights)
    hidden_size = hidden_size_of("recurrent_kernel", recurrent_kernel, transposed=True)
    kernel = shaped("kernel", kernel, ("I", 3 * hidden_size), kernel)
    recurrent_kernel = shaped("recurrent_kernel", recurrent_kernel, (hidden_size, 3 * hidden_size), kernel)
    arrays = {"weight_ih": kernel.T, "weight_hh": recurrent_kernel.T}
    if rest:
        arrays |= _named_biases(rest[0], hidden_size, kernel, reset_after)
    rows = {name: to_book(array, _ORDER, z_keeps=True) for name, array in arrays.items()}
    return GRUParams(**rows, reset_after=bool(reset_after))


def to_keras(params: GRUParams) -> list[Array]:
    """The weights of a Keras GRU that computes the same function, for layer.set_weights().

    Build the layer as `keras.layers.GRU(params.hidden_size, reset_after=params.reset_after,
    use_bias=len(weights) == 3)`.

    Returns:
        [kernel (I, 3H), recurrent_kernel (H, 3H)] and, if `params` has a bias, bias: (2, 3H) for reset_after=True,
        (3H,) for False, where two biases merge into their sum. Copies.

    Raises:
        ArgumentError: no GRUParams. ConversionError: complex128, which Keras does not have.
    """
    params = real_params(params)
    arrays = [params.weight_ih, params.weight_hh]
    bias_ih, bias_hh = (bias_or_zeros(params, name) for name in ("bias_ih", "bias_hh"))
    arrays += [bias_ih, bias_hh] if params.reset_after else [bias_ih + bias_hh]
    kernel, recurrent_kernel, *biases = (from_book(array, _ORDER, z_keeps=True) for array in arrays)
    weights = [kernel.T.copy(), recurrent_kernel.T.copy()]
    if has_bias(params):
        weights.append(np.stack(biases) if params.reset_after else biases[0])
    return weights


def _named_arrays(weights: Sequence[Any]) -> list[Array]:
    if not isinstance(weights, (list, tuple)):
        raise ArgumentError("weights", "the list that layer.get_weights() returns", describe(weights))
    if len(weights) not in (2, 3):
        hint = "; a Bidirectional layer's halves are two layers" if len(weights) in (4, 6) else ""
        expected = f"[kernel, recurrent_kernel] and at most a bias{hint}"
        raise ArgumentError("weights", expected, f"{len(weights)} arrays")
    names = ("kernel", "recurrent_kernel", "bias")
    return [real_array(name, value) for name, value in zip(names, weights, strict=False)]


def _named_biases(bias: Array, hidden_size: int, like: Array, reset_after: bool) -> dict[str, Array]:
    """bias_ih, and bias_hh for reset_after=True."""
    rows = 3 * hidden_size
    expected, other = ((2, rows), (rows,)) if reset_after else ((rows,), (2, rows))
    if bias.shape == other:
        text = f"shape {expected} for reset_after={bool(reset_after)}"
        raise ArgumentError("bias", text, f"shape {bias.shape}, which belongs to reset_after={not reset_after}")
    biases = np.atleast_2d(shaped("bias", bias, expected, like))
    return dict(zip(("bias_ih", "bias_hh"), biases, strict=False))
