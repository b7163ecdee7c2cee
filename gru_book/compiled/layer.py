"""One GRU layer over time, compiled: `layer_forward` beside `layer_backward`, on NumPy arrays.

The input's share of all steps is one product, the recurrence is `chain`, and each weight's gradient is one product
over all rows. Both backends call this; it checks nothing, since they have checked.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gru_book.compiled import chain
from gru_book.compiled.products import (
    column_sums,
    pack_columns,
    pack_rows,
    padded,
    panels,
    rows_product,
    transposed_product,
)
from gru_book.compiled.rows import Rows, rows_of
from gru_book.compiled.scratch import scratch
from gru_book.compiled.threads import Phase, run_phases
from gru_book.params import Array

ALONE = 1 << 21
"""Multiplications below which one thread does all: waking another costs more."""
TOGETHER = 1 << 17
"""Bytes of weights from which it pays that threads share a sequence, and meet twice a step."""


class Layer(NamedTuple):
    """A layer's parameters and how it runs; weights C-contiguous, float32 or float64."""

    weight_ih: Array  # (3H, I)
    weight_hh: Array  # (3H, H)
    bias: Array  # (3H,), all that can be added at once
    b_hn: Array  # (H,), what stands inside the reset; zeros for reset before
    reset_after: bool
    reverse: bool


class Kept(NamedTuple):
    """What the forward leaves for the backward; R rows as `rows` has them."""

    x: Array  # (R, I)
    h_0: Array  # (B, H), in the rows' order
    gates: Array  # (R, 3H), r, z and n
    output: Array  # (R, H)
    s: Array  # (R, H), U_n h + b_hn; (1, H), unused, for reset before
    rows: Rows


class LayerGrads(NamedTuple):
    """The gradients, in the shapes of what they belong to."""

    d_x: Array  # (T, B, I)
    d_h_0: Array
    d_weight_ih: Array
    d_weight_hh: Array
    d_bias_ih: Array
    d_bias_hh: Array


def as_layer(
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None,
    bias_hh: Array | None,
    *,
    reset_after: bool,
    reverse: bool = False,
) -> Layer:
    """The parameters of one direction, biases added where they are added to the same sum."""
    hidden_size = weight_hh.shape[1]
    bias = np.zeros(3 * hidden_size, weight_hh.dtype) if bias_ih is None else np.array(bias_ih)
    b_hn = np.zeros(hidden_size, weight_hh.dtype)
    if bias_hh is not None and reset_after:
        bias[: 2 * hidden_size] += bias_hh[: 2 * hidden_size]
        b_hn = np.array(bias_hh[2 * hidden_size :])
    elif bias_hh is not None:
        bias += bias_hh
    weights = np.ascontiguousarray(weight_ih), np.ascontiguousarray(weight_hh)
    return Layer(*weights, bias, b_hn, reset_after, reverse)


def layer_forward(
    layer: Layer,
    x: Array,
    h_0: Array,
    lengths: Array | None,
    *,
    threads: int,
    keep: bool = True,
) -> tuple[Array, Array, Kept | None]:
    """Run the layer.

    Args:
        x: (T, B, I), T >= 1. h_0: (B, H). lengths: (B,) integers in 0..T or None. All of the weights' dtype.
        threads: at most so many at once.
        keep: whether a backward will follow.

    Returns:
        output: (T, B, H), 0 past each length.  h_n: (B, H).  What `layer_backward` needs; None without `keep`.
    """
    seq_len, batch, _ = x.shape
    rows = rows_of(seq_len, batch, lengths)
    H, R, dtype = h_0.shape[1], rows.total, layer.weight_hh.dtype
    x_rows, first = rows.gather(x), rows.ordered(h_0)
    gates = np.empty((R, 3 * H), dtype) if keep else scratch("gates", (R, 3 * H), dtype)
    keep_s = layer.reset_after and keep
    s = np.empty((R if keep_s else 1, H), dtype)
    output, h_n = np.empty((R, H), dtype), first.copy()
    if R:
        threads = threads_for(layer, R, threads)
        counter, shared = np.zeros(1, np.int64), np.empty((2 * batch, H), dtype)

        def share(p_0: int, p_1: int, u_0: int, u_1: int, together: int) -> None:
            start, count = rows.start + p_0, (rows.count - p_0).clip(0, p_1 - p_0)
            chain.forward(
                gates, h_n[p_0:p_1], layer.weight_hh, layer.b_hn, output, s, start, count, layer.reverse,
                layer.reset_after, keep_s, u_0, u_1, shared[2 * p_0 : 2 * p_1], counter, together,
            )  # fmt: skip

        inputs = _all_rows(layer.weight_ih, layer.bias, x_rows, gates, threads, transposed=True)
        run_phases([inputs, (share, _shares(layer, rows, batch, threads))])
    kept = Kept(x_rows, first, gates, output, s, rows) if keep else None
    return rows.scatter(output, seq_len, batch), rows.restored(h_n), kept


def layer_backward(
    layer: Layer, kept: Kept, d_output: Array | None, d_h_n: Array | None, *, threads: int
) -> LayerGrads:
    """All gradients. d_output: (T, B, H) or None for zero; d_h_n: (B, H) or None for zero."""
    rows, dtype = kept.rows, layer.weight_hh.dtype
    batch, H = kept.h_0.shape
    seq_len, R = len(rows.start), rows.total
    d_h = np.zeros((batch, H), dtype) if d_h_n is None else rows.ordered(d_h_n)
    d_out = np.zeros((1, H), dtype) if d_output is None else rows.gather(d_output)
    d_a, d_a_n = scratch("d_a", (R, 3 * H), dtype), scratch("d_a_n", (R if layer.reset_after else 1, H), dtype)
    s = kept.s if layer.reset_after else scratch("s", (R, H), dtype)
    threads, counter = threads_for(layer, R, threads), np.zeros(1, np.int64)

    def share(p_0: int, p_1: int, u_0: int, u_1: int, together: int) -> None:
        start, count = rows.start + p_0, (rows.count - p_0).clip(0, p_1 - p_0)
        chain.backward(
            d_out, d_h[p_0:p_1], kept.gates, kept.output, kept.h_0[p_0:p_1], s, layer.weight_hh, d_a, d_a_n,
            start, count, layer.reverse, layer.reset_after, u_0, u_1, counter, together,
        )  # fmt: skip

    def show_the_input(first: int, last: int) -> None:
        """From here on d_a is the gradient in what the input added, not in what the state added."""
        d_a[first:last, 2 * H :] = d_a_n[first:last]

    h_prev = rows.previous(kept.output, kept.h_0, layer.reverse)
    d_weight_ih, d_weight_hh = np.empty_like(layer.weight_ih), np.empty_like(layer.weight_hh)
    d_bias_ih, d_bias_hh = (np.zeros(3 * H, dtype) for _ in range(2))
    d_x, no_bias = np.empty((R, kept.x.shape[1]), dtype), np.zeros(kept.x.shape[1], dtype)
    phases: list[Phase] = [(share, _shares(layer, rows, batch, threads))] if R else []
    phases.append(_bias_grad(d_a, d_bias_hh, threads))
    if layer.reset_after:
        phases.append(_weight_grad(d_a, h_prev, d_weight_hh, threads))
        phases.append((show_the_input, _runs(R, threads, 1)))
    else:  # U_r and U_z multiplied h_prev, U_n multiplied r * h_prev
        phases.append(_weight_grad(d_a[:, : 2 * H], h_prev, d_weight_hh[: 2 * H], threads))
        phases.append(_weight_grad(d_a[:, 2 * H :], s, d_weight_hh[2 * H :], threads))
    phases.append(_weight_grad(d_a, kept.x, d_weight_ih, threads))
    phases.append(_bias_grad(d_a, d_bias_ih, threads))
    if R:
        phases.append(_all_rows(layer.weight_ih, no_bias, d_a, d_x, threads, transposed=False))
    run_phases(phases)
    return LayerGrads(
        rows.scatter(d_x, seq_len, batch), rows.restored(d_h), d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh
    )


def threads_for(layer: Layer, R: int, threads: int) -> int:
    """How many threads so much work deserves."""
    return 1 if R * layer.weight_hh.size < ALONE else threads


def _shares(layer: Layer, rows: Rows, batch: int, threads: int) -> list[tuple[int, int, int, int, int]]:
    """(p_0, p_1, u_0, u_1, together): sequences and units of each thread, and how many threads share sequences."""
    H = layer.weight_hh.shape[1]
    running = int(rows.count.max())
    if threads == 1 or (running < threads and layer.weight_hh.nbytes < TOGETHER):
        return [(0, batch, 0, H, 1)]
    if running >= threads:
        return [(p_0, p_1, 0, H, 1) for p_0, p_1 in rows.shares(threads, batch)]
    cuts = _cuts(H, threads, padded(1, layer.weight_hh.itemsize))
    return [(0, batch, u_0, u_1, len(cuts) - 1) for u_0, u_1 in pairwise(cuts)]


def _cuts(size: int, threads: int, multiple: int) -> list[int]:
    """Where to cut `size` things into nearly equal runs, at multiples; runs that would be empty are left out."""
    cuts = {min(size, round(size * k / threads / multiple) * multiple) for k in range(1, threads)}
    return sorted({0, *cuts, size})


def _runs(size: int, threads: int, multiple: int) -> list[tuple[int, int]]:
    """`size` things cut into at most `threads` runs, first to last, at multiples."""
    return list(pairwise(_cuts(size, threads, multiple))) if size else []


def _all_rows(W: Array, bias: Array, a: Array, out: Array, threads: int, *, transposed: bool) -> Phase:
    """out = a @ W.T + bias (transposed) or a @ W + bias, over all rows."""
    K, N = (W.shape[1], W.shape[0]) if transposed else W.shape
    packed = np.empty((panels(N, W.itemsize), K, padded(1, W.itemsize)), W.dtype)
    if transposed:
        pack_rows(W, 0, N, packed)
    else:
        pack_columns(W, 0, K, 0, N, packed)
    return (
        lambda first, last: rows_product(packed, a.ctypes.data, K, bias, out, first, last),
        _runs(len(a), threads, 1),
    )


def _weight_grad(d_a: Array, operand: Array, out: Array, threads: int) -> Phase:
    """out = d_a.T @ operand. d_a: (R, M), perhaps some columns of a wider array; operand: (R, N); out: (M, N)."""
    lda, (R, N) = d_a.strides[0] // d_a.itemsize if len(d_a) else 1, operand.shape
    return (
        lambda first, last: transposed_product(d_a.ctypes.data, lda, operand.ctypes.data, N, R, N, out, first, last),
        _runs(len(out), threads, 6),
    )


def _bias_grad(d_a: Array, sums: Array, threads: int) -> Phase:
    """sums += the sum over all rows. d_a: (R, M), contiguous; sums: (M,), zeros."""
    return lambda first, last: column_sums(d_a, first, last, sums), _runs(len(sums), threads, 64)
