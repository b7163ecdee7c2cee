"""GRU-D, for series with missing values: what was last seen fades towards the mean, and the state towards 0.

m_t says which inputs are observed (1) or missing (0), and delta_t how long ago each was last observed.

    gamma_x = exp(-max(0, w_x * delta_t + b_x))                          decay of each input, on its own delta
    gamma_h = exp(-max(0, W_h delta_t + b_h))                            decay of the state
    x^_t = m_t * x_t + (1 - m_t) * (gamma_x * x_last + (1 - gamma_x) * x_mean)
    h^ = gamma_h * h_{t-1}
    r_t = sigmoid(W_r x^_t + U_r h^ + V_r m_t + b_r)
    z_t = sigmoid(W_z x^_t + U_z h^ + V_z m_t + b_z)
    n_t = tanh(W_n x^_t + U_n (r_t * h^) + V_n m_t + b_n)
    h_t = (1 - z_t) * h^ + z_t * n_t

Before the first observation of an input x_last is x_mean.

Source: Che, Purushotham, Cho, Sontag and Liu 2018, "Recurrent neural networks for multivariate time series with
missing values", Scientific Reports 8:6085 (arXiv 1606.01865), section on GRU-D. Their z weights the candidate, as here.
The authors' published program (PeterChe1990/GRU-D) blends n_t with h_{t-1} and not with h^ in the last line, and feeds
1 - m_t for m_t: a different function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.activations import relu, sigmoid, tanh
from gru_book.numpy_backend.gates import split_gates, split_rows
from gru_book.numpy_backend.layer import checked_sequence
from gru_book.numpy_backend.variants.over_time import checked_step, over_time
from gru_book.params import Array, ParamArrays, as_any_array, as_array, describe


@dataclass(frozen=True, eq=False)
class GRUDParams(ParamArrays):
    """The parameters of one GRU-D layer; rows in the order r, z, n.

    Fields:
        weight_ih: (3H, I), weight_hh: (3H, H), bias_ih: (3H,), as in the GRU.
        weight_mh: (3H, I), V, what the gates see of the mask.
        decay_x, decay_x_bias: (I,), w_x and b_x.
        decay_h: (H, I) and decay_h_bias: (H,), W_h and b_h.
    """

    weight_ih: Array
    weight_hh: Array
    weight_mh: Array
    bias_ih: Array
    decay_x: Array
    decay_x_bias: Array
    decay_h: Array
    decay_h_bias: Array

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "weight_ih": ("3H", "I"),
        "weight_hh": ("3H", "H"),
        "weight_mh": ("3H", "I"),
        "bias_ih": ("3H",),
        "decay_x": ("I",),
        "decay_x_bias": ("I",),
        "decay_h": ("H", "I"),
        "decay_h_bias": ("H",),
    }
    ROWS: ClassVar[str] = "three gates r, z, n"


def observation_intervals(times: npt.ArrayLike, observed: npt.ArrayLike) -> Array:
    """delta: (T, B, I) float64, the time since each input was last observed, 0 at the first step.

    delta_t = s_t - s_{t-1} if it was observed at t - 1, else that plus delta_{t-1}.

    Args:
        times: (T, B), the time s_t of each step, in any unit, not falling.
        observed: (T, B, I) bool.

    Raises:
        ArgumentError: a shape or dtype does not fit, or the times fall.
    """
    s = as_any_array("times", times, "an array of numbers of shape (T, B)")
    m = as_any_array("observed", observed, "a bool array of shape (T, B, I)")
    if s.dtype.kind not in "fiu":
        raise ArgumentError("times", "numbers", f"dtype {s.dtype}")
    s = s.astype(np.float64)
    if m.ndim != 3 or m.dtype != bool:
        raise ArgumentError("observed", "a bool array of shape (T, B, I)", describe(m))
    if s.shape != m.shape[:2]:
        raise ArgumentError("times", f"shape {m.shape[:2]}, one time a step and sequence", f"shape {s.shape}")
    if not (np.diff(s, axis=0) >= 0).all():
        raise ArgumentError("times", "times that do not fall", "a time before the one of the step before")
    delta = np.zeros(m.shape)
    for t in range(1, len(m)):
        delta[t] = (s[t] - s[t - 1])[:, None] + np.where(m[t - 1], 0.0, delta[t - 1])
    return delta


def gru_d_cell(
    params: GRUDParams,
    x_t: Array,
    h_prev: Array,
    *,
    observed: Array,
    delta: Array,
    x_last: Array,
    x_mean: Array,
) -> Array:
    """One step -> h_t: (B, H).

    Args:
        x_t: (B, I); what stands at missing places is never read.  h_prev: (B, H).
        observed: (B, I) bool.  delta: (B, I), >= 0.
        x_last: (B, I), the values last observed before this step.  x_mean: (I,).

    Raises:
        ArgumentError: an argument does not fit.
    """
    params = GRUDParams.checked(params)
    x_t, h_prev = checked_step(params, x_t, h_prev)
    observed = as_array("observed", observed, x_t.shape, np.dtype(bool))
    delta = as_array("delta", delta, x_t.shape, params.dtype)
    x_last = as_array("x_last", x_last, x_t.shape, params.dtype)
    x_mean = as_array("x_mean", x_mean, (params.input_size,), params.dtype)

    gamma_x = np.exp(-relu(params.decay_x * delta + params.decay_x_bias))
    gamma_h = np.exp(-relu(delta @ params.decay_h.T + params.decay_h_bias))
    x_hat = np.where(observed, x_t, gamma_x * x_last + (1.0 - gamma_x) * x_mean)
    h_hat = gamma_h * h_prev

    m_t = observed.astype(params.dtype)
    a_r, a_z, a_n = split_gates(x_hat @ params.weight_ih.T + m_t @ params.weight_mh.T + params.bias_ih)
    U_r, U_z, U_n = split_rows(params.weight_hh)
    r = sigmoid(a_r + h_hat @ U_r.T)
    z = sigmoid(a_z + h_hat @ U_z.T)
    n = tanh(a_n + (r * h_hat) @ U_n.T)
    h_t: Array = (1.0 - z) * h_hat + z * n
    return h_t


def gru_d(
    params: GRUDParams,
    x: Array,
    h_0: Array | None = None,
    *,
    observed: Array,
    delta: Array,
    x_mean: Array,
    lengths: npt.ArrayLike | None = None,
) -> tuple[Array, Array]:
    """Run GRU-D over a batch of sequences: output (T, B, H) and h_n (B, H).

    Args:
        x, h_0, lengths: as in `gru`; what stands in x at missing places, NaN too, is never read.
        observed: (T, B, I) bool.  delta: (T, B, I), as `observation_intervals` gives.
        x_mean: (I,), the mean of each input over the training set.

    Raises:
        ArgumentError: an argument does not fit.
    """
    params = GRUDParams.checked(params)
    x, h_0, valid = checked_sequence(params, x, h_0, lengths)
    observed = as_array("observed", observed, x.shape, np.dtype(bool))
    delta = as_array("delta", delta, x.shape, params.dtype)
    x_mean = as_array("x_mean", x_mean, (params.input_size,), params.dtype)
    x_last = np.broadcast_to(x_mean, x.shape[1:])

    def step(t: int, h_prev: Array) -> Array:
        nonlocal x_last
        h_t = gru_d_cell(params, x[t], h_prev, observed=observed[t], delta=delta[t], x_last=x_last, x_mean=x_mean)
        x_last = np.where(observed[t], x[t], x_last)
        return h_t

    return over_time(step, len(x), h_0, valid)
