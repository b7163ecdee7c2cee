"""The layer-normalised GRU: what comes of the input and what comes of the state are normalised apart, over the units.

    (a_r, a_z) = LN((W_r, W_z) x_t) + LN((U_r, U_z) h_{t-1})        one mean and variance over both gates, 2H numbers
    n_t = tanh(LN(W_n x_t) + r_t * LN(U_n h_{t-1}))                 the reset comes after the product here
    h_t = (1 - z_t) * h_{t-1} + z_t * n_t

    LN(a) = gain * (a - mean(a)) / sqrt(variance(a) + eps) + shift, with its own gain and shift in each of the four

Source: Ba, Kiros and Hinton 2016, "Layer normalization" (arXiv 1607.06450), the GRU in the supplementary material.
Which units share a mean, and eps, are as in the authors' program (ryankiros/layer-norm, layers.py). Their paper's z
weights the candidate, as here; the program's keeps the old state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from gru_book.numpy_backend.activations import sigmoid, tanh
from gru_book.numpy_backend.gates import join_gates, split_gates
from gru_book.numpy_backend.layer import checked_sequence
from gru_book.numpy_backend.variants.over_time import checked_step, over_time
from gru_book.params import Array, ParamArrays

EPS = 1e-5


@dataclass(frozen=True, eq=False)
class LayerNormGRUParams(ParamArrays):
    """weight_ih: (3H, I), weight_hh: (3H, H); gain_ih, shift_ih, gain_hh, shift_hh: (3H,); rows r, z, n."""

    weight_ih: Array
    weight_hh: Array
    gain_ih: Array
    shift_ih: Array
    gain_hh: Array
    shift_hh: Array

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "weight_ih": ("3H", "I"),
        "weight_hh": ("3H", "H"),
        "gain_ih": ("3H",),
        "shift_ih": ("3H",),
        "gain_hh": ("3H",),
        "shift_hh": ("3H",),
    }
    ROWS: ClassVar[str] = "three gates r, z, n"


def normalised(a: Array) -> Array:
    """(a - mean) / sqrt(variance + eps) over the last axis; any shape."""
    centred = a - a.mean(axis=-1, keepdims=True)
    unit: Array = centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + EPS)
    return unit


def normalised_gates(a: Array) -> Array:
    """(..., 3H): r and z normalised together, n apart."""
    a_r, a_z, a_n = split_gates(a)
    r, z = np.split(normalised(np.concatenate([a_r, a_z], axis=-1)), 2, axis=-1)
    return join_gates(r, z, normalised(a_n))


def layer_norm_gru_cell(params: LayerNormGRUParams, x_t: Array, h_prev: Array) -> Array:
    """One step. x_t: (B, I); h_prev: (B, H) -> h_t: (B, H). Raises ArgumentError if an argument does not fit."""
    params = LayerNormGRUParams.checked(params)
    x_t, h_prev = checked_step(params, x_t, h_prev)
    a_x = params.gain_ih * normalised_gates(x_t @ params.weight_ih.T) + params.shift_ih
    a_h = params.gain_hh * normalised_gates(h_prev @ params.weight_hh.T) + params.shift_hh
    (x_r, x_z, x_n), (h_r, h_z, h_n) = split_gates(a_x), split_gates(a_h)
    r = sigmoid(x_r + h_r)
    z = sigmoid(x_z + h_z)
    n = tanh(x_n + r * h_n)
    h_t: Array = (1.0 - z) * h_prev + z * n
    return h_t


def layer_norm_gru(
    params: LayerNormGRUParams, x: Array, h_0: Array | None = None, *, lengths: npt.ArrayLike | None = None
) -> tuple[Array, Array]:
    """Run it over a batch of sequences: output (T, B, H) and h_n (B, H). Args and errors: as in `gru`."""
    params = LayerNormGRUParams.checked(params)
    x, h_0, valid = checked_sequence(params, x, h_0, lengths)
    return over_time(lambda t, h: layer_norm_gru_cell(params, x[t], h), len(x), h_0, valid)
