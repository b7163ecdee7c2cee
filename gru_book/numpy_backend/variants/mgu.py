"""The minimal gated unit: one gate f does the work of both, reset and update.

    f_t = sigmoid(W_f x_t + U_f h_{t-1} + b_f)
    n_t = tanh(W_n x_t + U_n (f_t * h_{t-1}) + b_n)
    h_t = (1 - f_t) * h_{t-1} + f_t * n_t

Source: Zhou, Wu, Zhang and Zhou 2016, "Minimal gated unit for recurrent neural networks" (arXiv 1603.09420), the
equations of its table that summarises MGU. Their f weights the candidate, as the book's z does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy.typing as npt

from gru_book.numpy_backend.activations import sigmoid, tanh
from gru_book.numpy_backend.gates import split_two, split_two_rows
from gru_book.numpy_backend.layer import checked_sequence
from gru_book.numpy_backend.variants.over_time import checked_step, over_time
from gru_book.params import Array, ParamArrays


@dataclass(frozen=True, eq=False)
class MGUParams(ParamArrays):
    """weight_ih: (2H, I), weight_hh: (2H, H), bias_ih: (2H,); rows in the order f, n."""

    weight_ih: Array
    weight_hh: Array
    bias_ih: Array

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "weight_ih": ("2H", "I"),
        "weight_hh": ("2H", "H"),
        "bias_ih": ("2H",),
    }
    ROWS: ClassVar[str] = "the gate f and the candidate n"


def mgu_cell(params: MGUParams, x_t: Array, h_prev: Array) -> Array:
    """One step. x_t: (B, I); h_prev: (B, H) -> h_t: (B, H). Raises ArgumentError if an argument does not fit."""
    params = MGUParams.checked(params)
    x_t, h_prev = checked_step(params, x_t, h_prev)
    a_f, a_n = split_two(x_t @ params.weight_ih.T + params.bias_ih)
    U_f, U_n = split_two_rows(params.weight_hh)
    f = sigmoid(a_f + h_prev @ U_f.T)
    n = tanh(a_n + (f * h_prev) @ U_n.T)
    h_t: Array = (1.0 - f) * h_prev + f * n
    return h_t


def mgu(
    params: MGUParams, x: Array, h_0: Array | None = None, *, lengths: npt.ArrayLike | None = None
) -> tuple[Array, Array]:
    """Run the MGU over a batch of sequences: output (T, B, H) and h_n (B, H). Args and errors: as in `gru`."""
    params = MGUParams.checked(params)
    x, h_0, valid = checked_sequence(params, x, h_0, lengths)
    return over_time(lambda t, h: mgu_cell(params, x[t], h), len(x), h_0, valid)
