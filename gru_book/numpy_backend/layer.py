"""A GRU layer over time, forward beside its hand-derived backward (back-propagation through time)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gru_book import compiled
from gru_book.errors import ArgumentError
from gru_book.numpy_backend.cell import Step, input_share, step_backward, step_forward
from gru_book.numpy_backend.gates import split_gates
from gru_book.params import Array, GRUParams, ParamArrays, as_array, as_params, describe


@dataclass(frozen=True, eq=False)
class GRUCache:
    """What `gru_forward` leaves for `gru_backward`; T steps, B sequences.

    Without lengths x is the caller's own array, not a copy: do not change it before the backward.
    """

    params: GRUParams
    x: Array  # (T, B, I), zero past each length
    h_prev: Array  # (T, B, H), the state before each step
    steps: Step  # each field (T, B, H)
    valid: Array | None  # (T, B, 1) bool, True up to each length; None: all of it


@dataclass(frozen=True, eq=False)
class GRUGrads:
    """Gradients of the loss: d_x (T, B, I), d_h_0 (B, H), and d_params in the shape of the parameters."""

    d_x: Array
    d_h_0: Array
    d_params: GRUParams


def gru(
    params: GRUParams, x: Array, h_0: Array | None = None, *, lengths: npt.ArrayLike | None = None
) -> tuple[Array, Array]:
    """Run the GRU over a batch of sequences.

    Args:
        x: (T, B, I), time first; T >= 1, B >= 0.
        h_0: (B, H), the state before the first step; None means zeros.
        lengths: (B,) integers, 0 <= length <= T; None means T for all. Past its length a sequence's state
            is held, its output is 0 and its gradient is zero; whatever stands in x there is never read.

    Returns:
        output: (T, B, H), the state after each step.  h_n: (B, H), the state after the last valid step
        (h_0 for length 0).

    Raises:
        ArgumentError: rank, size, dtype or a length does not fit. NaN and inf in valid steps propagate.

    Source: the four equations of chapter 05, iterated.
    """
    output, h_n, _ = _all_steps(params, x, h_0, lengths, keep=False)
    return output, h_n


def _all_steps(
    params: GRUParams, x: Array, h_0: Array | None, lengths: npt.ArrayLike | None, *, keep: bool
) -> tuple[Array, Array, GRUCache | None]:
    """`gru_forward`; without `keep` the compiled layer keeps nothing for a backward."""
    params = as_params(params)
    x, h_0, valid = checked_sequence(params, x, h_0, lengths)
    seq_len, batch, input_size = x.shape
    if compiled.takes(params.dtype, compiled.layer_work(seq_len, batch, input_size, params.hidden_size)):
        from gru_book.numpy_backend.compiled_layer import compiled_forward

        return compiled_forward(params, x, h_0, valid, keep=keep)

    a_x = input_share(params, x)  # one product for all T steps
    shape = (seq_len, batch, params.hidden_size)
    output, h_prevs = np.empty(shape, params.dtype), np.empty(shape, params.dtype)
    steps = Step(*(np.empty(shape, params.dtype) for _ in Step._fields))

    h = h_0
    for t in range(seq_len):
        h_prevs[t] = h
        h_t, step = step_forward(params, a_x[t], h)
        for kept, value in zip(steps, step, strict=True):
            kept[t] = value
        if valid is None:
            h = output[t] = h_t
        else:
            h = np.where(valid[t], h_t, h)
            output[t] = np.where(valid[t], h_t, 0.0)
    return output, h, GRUCache(params, x, h_prevs, steps, valid)


def gru_forward(
    params: GRUParams, x: Array, h_0: Array | None = None, *, lengths: npt.ArrayLike | None = None
) -> tuple[Array, Array, GRUCache]:
    """As `gru`, and also returns the cache that `gru_backward` needs."""
    output, h_n, cache = _all_steps(params, x, h_0, lengths, keep=True)
    assert cache is not None
    return output, h_n, cache


def gru_backward(cache: GRUCache, d_output: Array | None = None, d_h_n: Array | None = None) -> GRUGrads:
    """Gradients of a loss through all T steps (chapters 06 and 07).

    Args:
        cache: from `gru_forward`.
        d_output: (T, B, H), the loss's gradient in `output`; None means zero. Past a length it is ignored,
            since the output there is the constant 0.
        d_h_n: (B, H), the loss's gradient in `h_n`; None means zero.

    Returns:
        GRUGrads. The weight gradients are products over all T*B rows at once, not sums of T small ones.

    Raises:
        ArgumentError: both gradients are None, or one has the wrong rank, size or dtype.
    """
    if not isinstance(cache, GRUCache):
        raise ArgumentError("cache", "the cache that gru_forward returned", describe(cache))
    params, valid = cache.params, cache.valid
    (seq_len, batch, _), hidden_size = cache.x.shape, params.hidden_size
    d_output, d_h = checked_gradients(d_output, d_h_n, (seq_len, batch, hidden_size), params.dtype)
    if type(cache) is not GRUCache:  # the compiled forward leaves a kind of its own
        from gru_book.numpy_backend.compiled_layer import CompiledCache, compiled_backward

        assert isinstance(cache, CompiledCache)
        return compiled_backward(cache, d_output, d_h)
    d_a_x = np.empty((seq_len, batch, 3 * hidden_size), params.dtype)
    d_a_h = np.empty_like(d_a_x)

    for t in reversed(range(seq_len)):
        step = Step(*(kept[t] for kept in cache.steps))
        if valid is None:
            d_h_t = d_h if d_output is None else d_h + d_output[t]
            d_a_x[t], d_a_h[t], d_h = step_backward(params, cache.h_prev[t], step, d_h_t)
        else:
            d_h_t = np.where(valid[t], d_h if d_output is None else d_h + d_output[t], 0.0)
            d_a_x[t], d_a_h[t], d_h_prev = step_backward(params, cache.h_prev[t], step, d_h_t)
            d_h = np.where(valid[t], d_h_prev, d_h)  # a held state passes its gradient on untouched
    return GRUGrads(d_a_x @ params.weight_ih, d_h, _param_grads(cache, d_a_x, d_a_h))


def _param_grads(cache: GRUCache, d_a_x: Array, d_a_h: Array) -> GRUParams:
    """The weights' gradients, each one product over all T*B rows. d_a_x, d_a_h: (T, B, 3H)."""
    params = cache.params
    if params.reset_after:
        d_weight_hh = rows(d_a_h).T @ rows(cache.h_prev)
    else:  # U_r and U_z multiplied h_prev, U_n multiplied r * h_prev
        hidden_size = params.hidden_size
        d_weight_hh = np.concatenate(
            [
                rows(d_a_h[..., : 2 * hidden_size]).T @ rows(cache.h_prev),
                rows(split_gates(d_a_h)[2]).T @ rows(cache.steps.s),
            ]
        )
    return GRUParams(
        weight_ih=rows(d_a_x).T @ rows(cache.x),
        weight_hh=d_weight_hh,
        bias_ih=None if params.bias_ih is None else rows(d_a_x).sum(axis=0),
        bias_hh=None if params.bias_hh is None else rows(d_a_h).sum(axis=0),
        reset_after=params.reset_after,
    )


def rows(a: Array) -> Array:
    """(T, B, K) -> (T*B, K)."""
    return a.reshape(-1, a.shape[-1]) if a.size else np.zeros((0, a.shape[-1]), a.dtype)


def checked_sequence(
    params: ParamArrays, x: Array, h_0: Array | None, lengths: npt.ArrayLike | None
) -> tuple[Array, Array, Array | None]:
    """What every layer over time does first.

    Returns:
        x: (T, B, I), zero past each length, so that NaN in the padding meets no product.
        h_0: (B, H), zeros for None.
        valid: (T, B, 1) bool, True up to each length; None for lengths=None, which means all of it.

    Raises:
        ArgumentError: x, h_0 or lengths does not fit `params`.
    """
    x = as_array("x", x, ("T", "B", params.input_size), params.dtype)
    seq_len, batch, _ = x.shape
    if seq_len < 1:
        raise ArgumentError("x", "at least one step, T >= 1", f"shape {x.shape}")
    h_0 = state_or_zeros("h_0", h_0, (batch, params.hidden_size), params.dtype)
    if lengths is None:
        return x, h_0, None
    valid = valid_steps(lengths, seq_len, batch)
    return np.where(valid, x, 0.0).astype(params.dtype, copy=False), h_0, valid


def state_or_zeros(argument: str, value: Array | None, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """`value` as an array of that shape and dtype, zeros for None; ArgumentError if it does not fit."""
    return np.zeros(shape, dtype) if value is None else as_array(argument, value, shape, np.dtype(dtype))


def valid_steps(lengths: npt.ArrayLike, seq_len: int, batch: int) -> Array:
    """lengths: (B,) integers in 0..T -> (T, B, 1) bool, True where step t of sequence b is before its end."""
    try:
        array = np.asarray(lengths)
    except ValueError:
        raise ArgumentError("lengths", f"{batch} integers, one a sequence", "a ragged nested list") from None
    if array.size == 0 and array.shape == (0,):
        array = array.astype(np.int64)  # an empty list has no integers to show its type
    if array.shape != (batch,):
        raise ArgumentError("lengths", f"shape ({batch},), one length a sequence", f"shape {array.shape}")
    if not np.issubdtype(array.dtype, np.integer):
        raise ArgumentError("lengths", "integers", f"dtype {array.dtype}")
    outside = np.flatnonzero((array < 0) | (array > seq_len))
    if outside.size:
        b = int(outside[0])
        raise ArgumentError("lengths", f"0 <= length <= T = {seq_len}", f"lengths[{b}] = {array[b]}")
    valid: Array = (np.arange(seq_len)[:, None] < array)[..., None]
    return valid


def checked_gradients(
    d_output: Array | None, d_h_n: Array | None, shape: tuple[int, int, int], dtype: npt.DTypeLike
) -> tuple[Array | None, Array]:
    """d_output or None, and d_h_n or zeros, fitting an output of `shape` (T, B, H); ArgumentError if both are None."""
    if d_output is None and d_h_n is None:
        raise ArgumentError("d_output", "d_output, d_h_n or both: a loss depends on one of them", "None and None")
    if d_output is not None:
        d_output = as_array("d_output", d_output, shape, np.dtype(dtype))
    return d_output, state_or_zeros("d_h_n", d_h_n, shape[1:], dtype)
