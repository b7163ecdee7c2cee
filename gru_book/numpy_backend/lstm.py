"""The LSTM, one step and a layer over time, each forward beside its hand-derived backward.

    i_t = sigmoid(W_i x_t + U_i h_{t-1} + b_i)        input gate
    f_t = sigmoid(W_f x_t + U_f h_{t-1} + b_f)        forget gate
    g_t = tanh(W_g x_t + U_g h_{t-1} + b_g)           candidate
    o_t = sigmoid(W_o x_t + U_o h_{t-1} + b_o)        output gate
    c_t = f_t * c_{t-1} + i_t * g_t                   cell
    h_t = o_t * tanh(c_t)                             state

Its state is the pair (h, c). Sources: Hochreiter and Schmidhuber 1997, "Long short-term memory"; the forget gate:
Gers, Schmidhuber and Cummins 2000, "Learning to forget". No peepholes, as in torch.nn.LSTM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.activations import sigmoid, sigmoid_backward, tanh, tanh_backward
from gru_book.numpy_backend.cell import input_share
from gru_book.numpy_backend.gates import split_lstm_gates
from gru_book.numpy_backend.layer import checked_sequence, rows, state_or_zeros
from gru_book.params import Array, RecurrentParams, as_array, describe, gate_shapes


@dataclass(frozen=True, eq=False)
class LSTMParams(RecurrentParams):
    """The parameters of one LSTM layer, one direction; rows of every array in the order i, f, g, o, as in PyTorch.

    Fields:
        weight_ih: (4H, I).  weight_hh: (4H, H).
        bias_ih, bias_hh: (4H,) or None.

    Raises:
        ArgumentError: a field has the wrong rank, size or dtype.
    """

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = gate_shapes(4)
    ROWS: ClassVar[str] = "four gates i, f, g, o"


def init_lstm_params(
    rng: np.random.Generator, input_size: int, hidden_size: int, *, dtype: npt.DTypeLike = np.float64
) -> LSTMParams:
    """Draw weight_ih, weight_hh and bias_ih uniformly from (-1/sqrt(H), 1/sqrt(H)), the rule of torch.nn.LSTM.

    Args and errors: as in `gru_book.init_params`.
    """
    return LSTMParams(**LSTMParams.drawn(rng, ["weight_ih", "weight_hh", "bias_ih"], input_size, hidden_size, dtype))


class LSTMState(NamedTuple):
    """h and c, each (B, H)."""

    h: Array
    c: Array


class LSTMStep(NamedTuple):
    """What one forward step leaves for its backward; each array is (B, H), and tanh_c is tanh(c_t)."""

    i: Array
    f: Array
    g: Array
    o: Array
    tanh_c: Array


@dataclass(frozen=True, eq=False)
class LSTMCache:
    """What `lstm_forward` leaves for `lstm_backward`; T steps, B sequences."""

    params: LSTMParams
    x: Array  # (T, B, I), zero past each length
    state_prev: LSTMState  # h and c before each step, each (T, B, H)
    steps: LSTMStep  # each field (T, B, H)
    valid: Array | None  # (T, B, 1) bool, True up to each length; None: all of it


@dataclass(frozen=True, eq=False)
class LSTMGrads:
    """Gradients of the loss: d_x (T, B, I), d_state_0 of h_0 and c_0, and d_params in the shape of the parameters."""

    d_x: Array
    d_state_0: LSTMState
    d_params: LSTMParams


def lstm_cell(params: LSTMParams, x_t: Array, state_prev: tuple[Array, Array]) -> LSTMState:
    """One step. x_t: (B, I); state_prev: h and c, each (B, H) -> LSTMState(h_t, c_t).

    Raises ArgumentError if a rank, size or dtype does not fit `params`. NaN and inf propagate.
    """
    params = LSTMParams.checked(params)
    x_t = as_array("x_t", x_t, ("B", params.input_size), params.dtype)
    state_prev = _checked_state("state_prev", state_prev, (x_t.shape[0], params.hidden_size), params.dtype)
    state, _ = lstm_step_forward(params, input_share(params, x_t), state_prev)
    return state


def lstm_step_forward(params: LSTMParams, a_x: Array, state_prev: LSTMState) -> tuple[LSTMState, LSTMStep]:
    """One step from the input's share. a_x: (B, 4H) -> the new state, each (B, H), and its LSTMStep."""
    h_prev, c_prev = state_prev
    a_h = h_prev @ params.weight_hh.T
    a_i, a_f, a_g, a_o = split_lstm_gates(a_x + (a_h if params.bias_hh is None else a_h + params.bias_hh))
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), tanh(a_g), sigmoid(a_o)
    c_t = f * c_prev + i * g
    tanh_c = tanh(c_t)
    return LSTMState(o * tanh_c, c_t), LSTMStep(i, f, g, o, tanh_c)


def lstm_step_backward(
    params: LSTMParams, c_prev: Array, step: LSTMStep, d_state: LSTMState
) -> tuple[Array, LSTMState]:
    """The reverse of `lstm_step_forward`.

    Args:
        d_state: the gradients of the loss in h_t and c_t, each (B, H); that in c_t without its share through h_t.

    Returns:
        d_a: (B, 4H), the gradient in the pre-activations.
        d_state_prev: the gradients that go on to the step before.
    """
    i, f, g, o, tanh_c = step
    d_o = d_state.h * tanh_c
    d_c = d_state.c + tanh_backward(tanh_c, d_state.h * o)
    d_i, d_f, d_g = d_c * g, d_c * c_prev, d_c * i
    gates = [sigmoid_backward(i, d_i), sigmoid_backward(f, d_f), tanh_backward(g, d_g), sigmoid_backward(o, d_o)]
    d_a = np.concatenate(gates, axis=-1)
    return d_a, LSTMState(d_a @ params.weight_hh, d_c * f)


def lstm(
    params: LSTMParams,
    x: Array,
    state_0: tuple[Array, Array] | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
) -> tuple[Array, LSTMState]:
    """Run the LSTM over a batch of sequences.

    Args:
        x: (T, B, I), time first; T >= 1, B >= 0.
        state_0: h_0 and c_0, each (B, H); None means zeros.
        lengths: as in `gru`; past its length a sequence's h and c are held and its output is 0.

    Returns:
        output: (T, B, H), h after each step.  state_n: LSTMState(h_n, c_n), each (B, H).

    Raises:
        ArgumentError: rank, size, dtype or a length does not fit. NaN and inf in valid steps propagate.
    """
    output, state_n, _ = lstm_forward(params, x, state_0, lengths=lengths)
    return output, state_n


def lstm_forward(
    params: LSTMParams,
    x: Array,
    state_0: tuple[Array, Array] | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
) -> tuple[Array, LSTMState, LSTMCache]:
    """As `lstm`, and also returns the cache that `lstm_backward` needs."""
    params = LSTMParams.checked(params)
    x, h_0, valid = checked_sequence(params, x, None, lengths)
    state = _checked_state("state_0", state_0, h_0.shape, params.dtype)
    shape = (*x.shape[:2], params.hidden_size)
    a_x = input_share(params, x)  # one product for all T steps
    output = np.empty(shape, params.dtype)
    states_prev = LSTMState(*(np.empty(shape, params.dtype) for _ in LSTMState._fields))
    steps = LSTMStep(*(np.empty(shape, params.dtype) for _ in LSTMStep._fields))

    for t in range(len(x)):
        states_prev.h[t], states_prev.c[t] = state
        state_t, step = lstm_step_forward(params, a_x[t], state)
        for kept, value in zip(steps, step, strict=True):
            kept[t] = value
        if valid is None:
            state = state_t
            output[t] = state.h
        else:
            state = LSTMState(*(np.where(valid[t], new, old) for new, old in zip(state_t, state, strict=True)))
            output[t] = np.where(valid[t], state_t.h, 0.0)
    return output, LSTMState(state.h.copy(), state.c.copy()), LSTMCache(params, x, states_prev, steps, valid)


def lstm_backward(
    cache: LSTMCache,
    d_output: Array | None = None,
    d_state_n: tuple[Array | None, Array | None] | None = None,
) -> LSTMGrads:
    """Gradients of a loss through all T steps.

    Args:
        cache: from `lstm_forward`.
        d_output: (T, B, H), the loss's gradient in `output`; None means zero. Past a length it is ignored.
        d_state_n: the loss's gradients in h_n and c_n, each (B, H); None, or None in its place, means zero.

    Raises:
        ArgumentError: both gradients are None, or one has the wrong rank, size or dtype.
    """
    if not isinstance(cache, LSTMCache):
        raise ArgumentError("cache", "the cache that lstm_forward returned", describe(cache))
    params, valid = cache.params, cache.valid
    shape = cache.steps.i.shape
    d_output, d_state = _checked_gradients(d_output, d_state_n, shape, params.dtype)
    d_a = np.empty((*shape[:2], 4 * shape[2]), params.dtype)

    for t in reversed(range(shape[0])):
        step, c_prev = LSTMStep(*(kept[t] for kept in cache.steps)), cache.state_prev.c[t]
        d_state_t = d_state if d_output is None else LSTMState(d_state.h + d_output[t], d_state.c)
        if valid is None:
            d_a[t], d_state = lstm_step_backward(params, c_prev, step, d_state_t)
        else:
            d_state_t = LSTMState(*(np.where(valid[t], d, 0.0) for d in d_state_t))
            d_a[t], d_prev = lstm_step_backward(params, c_prev, step, d_state_t)
            # A held state passes its gradient on untouched.
            d_state = LSTMState(*(np.where(valid[t], new, old) for new, old in zip(d_prev, d_state, strict=True)))
    d_params = LSTMParams(
        weight_ih=rows(d_a).T @ rows(cache.x),
        weight_hh=rows(d_a).T @ rows(cache.state_prev.h),
        bias_ih=None if params.bias_ih is None else rows(d_a).sum(axis=0),
        bias_hh=None if params.bias_hh is None else rows(d_a).sum(axis=0),
    )
    return LSTMGrads(d_a @ params.weight_ih, LSTMState(d_state.h.copy(), d_state.c.copy()), d_params)


def _checked_state(argument: str, state: object, shape: tuple[int, ...], dtype: npt.DTypeLike) -> LSTMState:
    """The pair as an LSTMState of that shape and dtype; None, or None in its place, is zeros."""
    if state is None:
        state = (None, None)
    if not isinstance(state, tuple) or len(state) != 2:
        raise ArgumentError(argument, "a pair (h, c)", describe(state))
    named = zip(("h", "c"), state, strict=True)
    return LSTMState(*(state_or_zeros(f"{argument}.{name}", value, shape, dtype) for name, value in named))


def _checked_gradients(
    d_output: Array | None,
    d_state_n: tuple[Array | None, Array | None] | None,
    shape: tuple[int, ...],
    dtype: npt.DTypeLike,
) -> tuple[Array | None, LSTMState]:
    """d_output or None, and d_state_n with zeros for None; ArgumentError if all are None."""
    nothing = d_state_n is None or (isinstance(d_state_n, tuple) and all(d is None for d in d_state_n))
    if d_output is None and nothing:
        raise ArgumentError("d_output", "d_output, d_state_n or both: a loss depends on one of them", "None and None")
    if d_output is not None:
        d_output = as_array("d_output", d_output, shape, np.dtype(dtype))
    return d_output, _checked_state("d_state_n", d_state_n, shape[1:], dtype)
