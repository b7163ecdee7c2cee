"""One GRU layer over time, compiled: `layer_forward` beside `layer_backward`, on NumPy arrays.

The input's share of all steps is one product, the recurrence is `chain`, and each weight's gradient is one product
over all rows. Both backends call this; it checks nothing, since they have checked.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gru_book.compiled import chain
from gru_book.compiled.all_rows import column_sums, rows_product, transposed_product
from gru_book.compiled.products import pack_columns, pack_rows, padded, panels
from gru_book.compiled.rows import Rows, rows_of
from gru_book.compiled.scratch import aligned_empty, scratch
from gru_book.compiled.threads import Phase, Work, run_phases
from gru_book.params import Array

ALONE = 1 << 24
"""Multiplications that could be shared below which one thread does all: waking another costs more."""
TOGETHER = 1 << 17
"""Bytes of weights from which it pays that threads share a sequence, and meet twice a step."""
TOO_LARGE = 1 << 20
"""Bytes of weights that a core's second cache no longer holds: each thread then takes a part of them, and all rows."""


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
    gates = aligned_empty((R, 3 * H), dtype) if keep else scratch("gates", (R, 3 * H), dtype)
    keep_s = layer.reset_after and keep
    s = aligned_empty((R if keep_s else 1, H), dtype)
    output, h_n = aligned_empty((R, H), dtype), first.copy()
    if R:
        threads = _threads_for(layer, rows, threads, R * layer.weight_ih.size)
        counter, shared = np.zeros(1, np.int64), aligned_empty((2 * batch, H), dtype)

        def share(p_0: int, p_1: int, u_0: int, u_1: int, together: int) -> None:
            start, count = rows.of_sequences(p_0, p_1)
            chain.forward(
                gates, h_n[p_0:p_1], layer.weight_hh, layer.b_hn, output, s, start, count, layer.reverse,
                layer.reset_after, keep_s, u_0, u_1, shared[2 * p_0 : 2 * p_1], counter, together,
            )  # fmt: skip

        inputs = _input_share(layer, x_rows, gates, threads)
        run_phases([[inputs], [(share, _shares(layer, rows, batch, threads))]])
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
    threads = _threads_for(layer, rows, threads, R * (2 * layer.weight_ih.size + layer.weight_hh.size))
    counter = np.zeros(1, np.int64)

    def share(p_0: int, p_1: int, u_0: int, u_1: int, together: int) -> None:
        start, count = rows.of_sequences(p_0, p_1)
        chain.backward(
            d_out, d_h[p_0:p_1], kept.gates, kept.output, kept.h_0[p_0:p_1], s, layer.weight_hh, d_a, d_a_n,
            start, count, layer.reverse, layer.reset_after, u_0, u_1, counter, together,
        )  # fmt: skip

    d_weight_ih, d_weight_hh = np.zeros(layer.weight_ih.shape, dtype), np.zeros(layer.weight_hh.shape, dtype)
    earlier = rows.previous_pieces(kept.output, kept.h_0, layer.reverse)
    d_bias_hh, d_b_hn = np.zeros(3 * H, dtype), np.zeros(H, dtype)
    d_x = aligned_empty((R, kept.x.shape[1]), dtype)
    d_a_rz = d_a[:, : 2 * H]
    if layer.reset_after:  # the input added to a_n what the state did not: d_a has the gradient in U_n h + b_hn there
        after_chain = [
            *(_weight_grad(d_a[here], h_prev, d_weight_hh, threads) for here, h_prev in earlier),
            _weight_grad(d_a_rz, kept.x, d_weight_ih[: 2 * H], threads),
            _weight_grad(d_a_n, kept.x, d_weight_ih[2 * H :], threads),
            _input_grad(d_a_rz, layer.weight_ih[: 2 * H], d_x, threads, adds=False),
            _input_grad(d_a_n, layer.weight_ih[2 * H :], d_x, threads, adds=True),
            _bias_grad(d_a_n, d_b_hn, threads),
        ]
    else:  # U_r and U_z multiplied h_prev, U_n multiplied r * h_prev
        after_chain = [
            *(_weight_grad(d_a_rz[here], h_prev, d_weight_hh[: 2 * H], threads) for here, h_prev in earlier),
            _weight_grad(d_a[:, 2 * H :], s, d_weight_hh[2 * H :], threads),
            _weight_grad(d_a, kept.x, d_weight_ih, threads),
            _input_grad(d_a, layer.weight_ih, d_x, threads, adds=False),
        ]
    after_chain.append(_bias_grad(d_a, d_bias_hh, threads))
    chains: list[Phase] = [[(share, _shares(layer, rows, batch, threads))]] if R else []
    run_phases([*chains, after_chain])
    d_bias_ih = np.concatenate([d_bias_hh[: 2 * H], d_b_hn]) if layer.reset_after else d_bias_hh.copy()
    return LayerGrads(
        rows.scatter(d_x, seq_len, batch), rows.restored(d_h), d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh
    )


def _threads_for(layer: Layer, rows: Rows, threads: int, beside_the_chain: int) -> int:
    """How many threads so much work deserves. beside_the_chain: the multiplications over all rows at once."""
    chain_work = rows.total * layer.weight_hh.size if _chain_is_shared(layer, rows, threads) else 0
    return 1 if chain_work + beside_the_chain < ALONE else threads


def _chain_is_shared(layer: Layer, rows: Rows, threads: int) -> bool:
    """Whether there is a sequence for each thread, or enough work in a step to meet twice in it."""
    return rows.widest >= threads or layer.weight_hh.nbytes >= TOGETHER


def _shares(layer: Layer, rows: Rows, batch: int, threads: int) -> list[tuple[int, int, int, int, int]]:
    """(p_0, p_1, u_0, u_1, together): sequences and units of each thread, and how many threads share sequences."""
    H = layer.weight_hh.shape[1]
    if threads == 1 or not _chain_is_shared(layer, rows, threads):
        return [(0, batch, 0, H, 1)]
    if rows.widest >= threads and layer.weight_hh.nbytes <= TOO_LARGE:
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


def _input_share(layer: Layer, x: Array, gates: Array, threads: int) -> Work:
    """gates = x W^T + bias over all rows."""
    W, bias = layer.weight_ih, layer.bias
    N, K = W.shape
    packed = aligned_empty((panels(N, W.itemsize), K, padded(1, W.itemsize)), W.dtype)
    pack_rows(W, 0, N, packed)
    return (
        lambda first, last: rows_product(packed, x.ctypes.data, K, bias.ctypes.data, 0, gates, first, last),
        _runs(len(x), threads, 1),
    )


def _input_grad(d_a: Array, W: Array, d_x: Array, threads: int, *, adds: bool) -> Work:
    """d_x = d_a W over all rows, or that added to d_x. d_a: (R, K), perhaps some columns of a wider array."""
    K, N = W.shape
    packed = aligned_empty((panels(N, W.itemsize), K, padded(1, W.itemsize)), W.dtype)
    pack_columns(W, 0, K, 0, N, packed)
    zeros = np.zeros(N, W.dtype)
    start, start_row = (d_x, N) if adds else (zeros, 0)

    def work(first: int, last: int) -> None:
        rows_product(packed, d_a.ctypes.data, _width(d_a), start.ctypes.data, start_row, d_x, first, last)

    return work, _runs(len(d_a), threads, 1)


def _weight_grad(d_a: Array, operand: Array, out: Array, threads: int) -> Work:
    """out += d_a.T @ operand. d_a: (R, M), perhaps some columns of a wider array; operand: (R, N); out: (M, N)."""
    R, N = operand.shape
    return (
        lambda first, last: transposed_product(
            d_a.ctypes.data, _width(d_a), operand.ctypes.data, N, R, N, out, first, last
        ),
        _runs(len(out), threads, 6),
    )


def _bias_grad(d_a: Array, sums: Array, threads: int) -> Work:
    """sums += the sum over all rows. d_a: (R, M); sums: (M,)."""
    return lambda first, last: column_sums(d_a, first, last, sums), _runs(len(sums), threads, 64)


def _width(a: Array) -> int:
    """How many numbers lie between the beginnings of two rows."""
    return a.strides[0] // a.itemsize
