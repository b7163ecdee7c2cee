"""The light GRU (Li-GRU): no reset gate, a relu candidate, and batch normalisation of the input's share.

    z_t = sigmoid(BN(W_z x_t) + U_z h_{t-1})
    n_t = relu(BN(W_n x_t) + U_n h_{t-1})
    h_t = (1 - z_t) * h_{t-1} + z_t * n_t

    BN(a) = gain * (a - mean) / sqrt(variance + eps) + shift, for each unit, over all valid steps of the batch

Source: Ravanelli, Brakel, Omologo and Bengio 2018, "Light gated recurrent units for speech recognition"
(arXiv 1803.10225), section 3. Their z keeps the old state: negate the z rows of weight_ih, weight_hh and shift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.activations import relu, sigmoid
from gru_book.numpy_backend.gates import split_two, split_two_rows
from gru_book.numpy_backend.layer import checked_sequence
from gru_book.numpy_backend.variants.over_time import over_time
from gru_book.params import Array, ParamArrays, as_array

EPS = 1e-5
"""What keeps BN's division finite: the default of torch.nn.BatchNorm1d."""


@dataclass(frozen=True, eq=False)
class LiGRUParams(ParamArrays):
    """weight_ih: (2H, I), weight_hh: (2H, H), gain and shift: (2H,), those of BN; rows in the order z, n."""

    weight_ih: Array
    weight_hh: Array
    gain: Array
    shift: Array

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "weight_ih": ("2H", "I"),
        "weight_hh": ("2H", "H"),
        "gain": ("2H",),
        "shift": ("2H",),
    }
    ROWS: ClassVar[str] = "the gate z and the candidate n"


class BatchStatistics(NamedTuple):
    """mean and variance of the input's share, each (2H,); the variance divides by the number of steps itself."""

    mean: Array
    variance: Array


def li_gru_statistics(params: LiGRUParams, x: Array, *, lengths: npt.ArrayLike | None = None) -> BatchStatistics:
    """The statistics of W x over all valid steps of all sequences, which training uses and evaluation replaces by
    running means. Args and errors: as in `li_gru`, and ArgumentError if no step is valid."""
    params = LiGRUParams.checked(params)
    x, _, valid = checked_sequence(params, x, None, lengths)
    a_x = (x @ params.weight_ih.T)[np.ones(x.shape[:2], bool) if valid is None else valid[..., 0]]
    if not len(a_x):
        raise ArgumentError("lengths", "at least one valid step to take statistics of", "none")
    return BatchStatistics(a_x.mean(axis=0), a_x.var(axis=0))


def li_gru(
    params: LiGRUParams,
    x: Array,
    h_0: Array | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
    statistics: BatchStatistics | None = None,
) -> tuple[Array, Array]:
    """Run the Li-GRU over a batch of sequences: output (T, B, H) and h_n (B, H).

    Args:
        x, h_0, lengths: as in `gru`.
        statistics: what BN uses; None takes those of this batch, which makes its sequences depend on each other.

    Raises:
        ArgumentError: an argument does not fit, or, without statistics, no step is valid.
    """
    params = LiGRUParams.checked(params)
    if statistics is None:
        statistics = li_gru_statistics(params, x, lengths=lengths)
    mean, variance = (
        as_array(f"statistics.{name}", value, (2 * params.hidden_size,), params.dtype)
        for name, value in zip(BatchStatistics._fields, statistics, strict=True)
    )
    x, h_0, valid = checked_sequence(params, x, h_0, lengths)
    a_x = params.gain * (x @ params.weight_ih.T - mean) / np.sqrt(variance + EPS) + params.shift
    U_z, U_n = split_two_rows(params.weight_hh)

    def step(t: int, h_prev: Array) -> Array:
        a_z, a_n = split_two(a_x[t])
        z = sigmoid(a_z + h_prev @ U_z.T)
        n = relu(a_n + h_prev @ U_n.T)
        h_t: Array = (1.0 - z) * h_prev + z * n
        return h_t

    return over_time(step, len(x), h_0, valid)
