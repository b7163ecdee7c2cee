"""The vanilla RNN, one step and a layer over time, each forward beside its hand-derived backward (chapter 02).

a_t = W x_t + U h_{t-1} + b
h_t = tanh(a_t), or relu(a_t)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.activations import relu, relu_backward, tanh, tanh_backward
from gru_book.numpy_backend.cell import input_share
from gru_book.numpy_backend.layer import checked_gradients, checked_sequence, rows
from gru_book.params import Array, RecurrentParams, as_array, describe, gate_shapes

Nonlinearity = Literal["tanh", "relu"]

ACTIVATIONS = {"tanh": (tanh, tanh_backward), "relu": (relu, relu_backward)}


@dataclass(frozen=True, eq=False)
class RNNParams(RecurrentParams):
    """The parameters of one vanilla RNN layer, one direction.

    Fields:
        weight_ih: (H, I).  weight_hh: (H, H).
        bias_ih, bias_hh: (H,) or None; the second one adds nothing but is what torch.nn.RNN has.
        nonlinearity: "tanh" or "relu".

    Raises:
        ArgumentError: a field has the wrong rank, size or dtype, or an unknown nonlinearity.

    Source: Elman 1990, "Finding structure in time".
    """

    nonlinearity: Nonlinearity = "tanh"

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = gate_shapes(1)
    ROWS: ClassVar[str] = "one row a unit"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.nonlinearity, str) or self.nonlinearity not in ACTIVATIONS:
            raise ArgumentError("nonlinearity", "'tanh' or 'relu'", describe(self.nonlinearity))


def init_rnn_params(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    nonlinearity: Nonlinearity = "tanh",
    dtype: npt.DTypeLike = np.float64,
) -> RNNParams:
    """Draw weight_ih, weight_hh and bias_ih uniformly from (-1/sqrt(H), 1/sqrt(H)), the rule of torch.nn.RNN.

    Args and errors: as in `gru_book.init_params`; nonlinearity is "tanh" or "relu".
    """
    arrays = RNNParams.drawn(rng, ["weight_ih", "weight_hh", "bias_ih"], input_size, hidden_size, dtype)
    return RNNParams(**arrays, nonlinearity=nonlinearity)


@dataclass(frozen=True, eq=False)
class RNNCache:
    """What `rnn_forward` leaves for `rnn_backward`; T steps, B sequences."""

    params: RNNParams
    x: Array  # (T, B, I), zero past each length
    h_prev: Array  # (T, B, H), the state before each step
    h: Array  # (T, B, H), what each step computed, past a length too
    valid: Array | None  # (T, B, 1) bool, True up to each length; None: all of it


@dataclass(frozen=True, eq=False)
class RNNGrads:
    """Gradients of the loss: d_x (T, B, I), d_h_0 (B, H), and d_params in the shape of the parameters."""

    d_x: Array
    d_h_0: Array
    d_params: RNNParams


def rnn_cell(params: RNNParams, x_t: Array, h_prev: Array) -> Array:
    """One step. x_t: (B, I); h_prev: (B, H) -> h_t: (B, H).

    Raises ArgumentError if a rank, size or dtype does not fit `params`. NaN and inf propagate.
    """
    params = RNNParams.checked(params)
    x_t = as_array("x_t", x_t, ("B", params.input_size), params.dtype)
    h_prev = as_array("h_prev", h_prev, (x_t.shape[0], params.hidden_size), params.dtype)
    return rnn_step_forward(params, input_share(params, x_t), h_prev)


def rnn_step_forward(params: RNNParams, a_x: Array, h_prev: Array) -> Array:
    """One step from the input's share. a_x: (B, H); h_prev: (B, H) -> h_t: (B, H)."""
    activation, _ = ACTIVATIONS[params.nonlinearity]
    a_h = h_prev @ params.weight_hh.T
    return activation(a_x + (a_h if params.bias_hh is None else a_h + params.bias_hh))


def rnn_step_backward(params: RNNParams, h_t: Array, d_h: Array) -> tuple[Array, Array]:
    """The reverse of `rnn_step_forward` (chapter 02). d_h: (B, H) -> d_a and d_h_prev, both (B, H)."""
    _, activation_backward = ACTIVATIONS[params.nonlinearity]
    d_a = activation_backward(h_t, d_h)
    return d_a, d_a @ params.weight_hh


def rnn(
    params: RNNParams, x: Array, h_0: Array | None = None, *, lengths: npt.ArrayLike | None = None
) -> tuple[Array, Array]:
    """Run the RNN over a batch of sequences: output (T, B, H) and h_n (B, H).

    Args, results, treatment of `lengths` and errors: as in `gru`.
    """
    output, h_n, _ = rnn_forward(params, x, h_0, lengths=lengths)
    return output, h_n


def rnn_forward(
    params: RNNParams, x: Array, h_0: Array | None = None, *, lengths: npt.ArrayLike | None = None
) -> tuple[Array, Array, RNNCache]:
    """As `rnn`, and also returns the cache that `rnn_backward` needs."""
    params = RNNParams.checked(params)
    x, h, valid = checked_sequence(params, x, h_0, lengths)
    a_x = input_share(params, x)  # one product for all T steps
    output, h_prevs, hs = (np.empty(a_x.shape, params.dtype) for _ in range(3))

    for t in range(len(x)):
        h_prevs[t] = h
        hs[t] = h_t = rnn_step_forward(params, a_x[t], h)
        h = h_t if valid is None else np.where(valid[t], h_t, h)
        output[t] = h if valid is None else np.where(valid[t], h_t, 0.0)
    return output, h.copy(), RNNCache(params, x, h_prevs, hs, valid)


def rnn_backward(cache: RNNCache, d_output: Array | None = None, d_h_n: Array | None = None) -> RNNGrads:
    """Gradients of a loss through all T steps (chapter 02). Args and errors: as in `gru_backward`."""
    if not isinstance(cache, RNNCache):
        raise ArgumentError("cache", "the cache that rnn_forward returned", describe(cache))
    params, valid = cache.params, cache.valid
    seq_len, batch, hidden_size = cache.h.shape
    d_output, d_h = checked_gradients(d_output, d_h_n, (seq_len, batch, hidden_size), params.dtype)
    d_a = np.empty(cache.h.shape, params.dtype)

    for t in reversed(range(seq_len)):
        d_h_t = d_h if d_output is None else d_h + d_output[t]
        if valid is None:
            d_a[t], d_h = rnn_step_backward(params, cache.h[t], d_h_t)
        else:
            d_a[t], d_h_prev = rnn_step_backward(params, cache.h[t], np.where(valid[t], d_h_t, 0.0))
            d_h = np.where(valid[t], d_h_prev, d_h)  # a held state passes its gradient on untouched
    d_params = RNNParams(
        weight_ih=rows(d_a).T @ rows(cache.x),
        weight_hh=rows(d_a).T @ rows(cache.h_prev),
        bias_ih=None if params.bias_ih is None else rows(d_a).sum(axis=0),
        bias_hh=None if params.bias_hh is None else rows(d_a).sum(axis=0),
        nonlinearity=params.nonlinearity,
    )
    return RNNGrads(d_a @ params.weight_ih, d_h.copy(), d_params)
