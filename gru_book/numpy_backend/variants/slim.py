"""GRU1, GRU2 and GRU3: the GRU with gates that see ever less. The candidate and the new state stay those of the GRU.

                 gates r and z                               fewer parameters than the GRU, by
    GRU1         sigmoid(U h_{t-1} + b), no input            2 H I
    GRU2         sigmoid(U h_{t-1}), no input, no bias       2 (H I + H)
    GRU3         sigmoid(b), the same at every step          2 (H I + H H)

    n_t = tanh(W_n x_t + U_n (r_t * h_{t-1}) + b_n)
    h_t = (1 - z_t) * h_{t-1} + z_t * n_t

Source: Dey and Salem 2017, "Gate-variants of gated recurrent unit (GRU) neural networks" (arXiv 1701.05923), their
variants 1 to 3. Their z weights the candidate, as here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy.typing as npt

from gru_book.numpy_backend.activations import sigmoid, tanh
from gru_book.numpy_backend.gates import split_gates, split_rows
from gru_book.numpy_backend.layer import checked_sequence
from gru_book.numpy_backend.variants.over_time import checked_step, over_time
from gru_book.params import Array, ParamArrays


@dataclass(frozen=True, eq=False)
class GRU1Params(ParamArrays):
    """weight_ih: (H, I), the candidate's; weight_hh: (3H, H) and bias: (3H,), rows in the order r, z, n."""

    weight_ih: Array
    weight_hh: Array
    bias: Array

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "weight_ih": ("H", "I"),
        "weight_hh": ("3H", "H"),
        "bias": ("3H",),
    }
    ROWS: ClassVar[str] = "three gates r, z, n"


@dataclass(frozen=True, eq=False)
class GRU2Params(ParamArrays):
    """weight_ih: (H, I) and bias: (H,), the candidate's; weight_hh: (3H, H), rows in the order r, z, n."""

    weight_ih: Array
    weight_hh: Array
    bias: Array

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "weight_ih": ("H", "I"),
        "weight_hh": ("3H", "H"),
        "bias": ("H",),
    }
    ROWS: ClassVar[str] = "three gates r, z, n"


@dataclass(frozen=True, eq=False)
class GRU3Params(ParamArrays):
    """weight_ih: (H, I) and weight_hh: (H, H), the candidate's; bias: (3H,), rows in the order r, z, n."""

    weight_ih: Array
    weight_hh: Array
    bias: Array

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "weight_ih": ("H", "I"),
        "weight_hh": ("H", "H"),
        "bias": ("3H",),
    }
    ROWS: ClassVar[str] = "the candidate n"


def gru1_cell(params: GRU1Params, x_t: Array, h_prev: Array) -> Array:
    """One step of GRU1. x_t: (B, I); h_prev: (B, H) -> h_t: (B, H). Raises ArgumentError if one does not fit."""
    params = GRU1Params.checked(params)
    x_t, h_prev = checked_step(params, x_t, h_prev)
    U_r, U_z, U_n = split_rows(params.weight_hh)
    b_r, b_z, b_n = split_gates(params.bias)
    r = sigmoid(h_prev @ U_r.T + b_r)
    z = sigmoid(h_prev @ U_z.T + b_z)
    n = tanh(x_t @ params.weight_ih.T + (r * h_prev) @ U_n.T + b_n)
    h_t: Array = (1.0 - z) * h_prev + z * n
    return h_t


def gru2_cell(params: GRU2Params, x_t: Array, h_prev: Array) -> Array:
    """One step of GRU2. x_t: (B, I); h_prev: (B, H) -> h_t: (B, H). Raises ArgumentError if one does not fit."""
    params = GRU2Params.checked(params)
    x_t, h_prev = checked_step(params, x_t, h_prev)
    U_r, U_z, U_n = split_rows(params.weight_hh)
    r = sigmoid(h_prev @ U_r.T)
    z = sigmoid(h_prev @ U_z.T)
    n = tanh(x_t @ params.weight_ih.T + (r * h_prev) @ U_n.T + params.bias)
    h_t: Array = (1.0 - z) * h_prev + z * n
    return h_t


def gru3_cell(params: GRU3Params, x_t: Array, h_prev: Array) -> Array:
    """One step of GRU3. x_t: (B, I); h_prev: (B, H) -> h_t: (B, H). Raises ArgumentError if one does not fit."""
    params = GRU3Params.checked(params)
    x_t, h_prev = checked_step(params, x_t, h_prev)
    b_r, b_z, b_n = split_gates(params.bias)
    r = sigmoid(b_r)
    z = sigmoid(b_z)
    n = tanh(x_t @ params.weight_ih.T + (r * h_prev) @ params.weight_hh.T + b_n)
    h_t: Array = (1.0 - z) * h_prev + z * n
    return h_t


def gru1(
    params: GRU1Params, x: Array, h_0: Array | None = None, *, lengths: npt.ArrayLike | None = None
) -> tuple[Array, Array]:
    """Run GRU1 over a batch of sequences: output (T, B, H) and h_n (B, H). Args and errors: as in `gru`."""
    return _run(gru1_cell, GRU1Params.checked(params), x, h_0, lengths)


def gru2(
    params: GRU2Params, x: Array, h_0: Array | None = None, *, lengths: npt.ArrayLike | None = None
) -> tuple[Array, Array]:
    """Run GRU2 over a batch of sequences: output (T, B, H) and h_n (B, H). Args and errors: as in `gru`."""
    return _run(gru2_cell, GRU2Params.checked(params), x, h_0, lengths)


def gru3(
    params: GRU3Params, x: Array, h_0: Array | None = None, *, lengths: npt.ArrayLike | None = None
) -> tuple[Array, Array]:
    """Run GRU3 over a batch of sequences: output (T, B, H) and h_n (B, H). Args and errors: as in `gru`."""
    return _run(gru3_cell, GRU3Params.checked(params), x, h_0, lengths)


P = TypeVar("P", bound=ParamArrays)


def _run(
    cell: Callable[[P, Array, Array], Array],
    params: P,
    x: Array,
    h_0: Array | None,
    lengths: npt.ArrayLike | None,
) -> tuple[Array, Array]:
    x, h_0, valid = checked_sequence(params, x, h_0, lengths)
    return over_time(lambda t, h: cell(params, x[t], h), len(x), h_0, valid)
