"""The linear recurrence h_t = a_t * h_{t-1} + b_t over time, compiled, forward beside backward (chapter 24).

On a CPU a loop over time is the best scan: each number is read once and written once, and the units are what runs in
parallel: lanes of a register, and threads. A tree would read and write everything about twice.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gru_book.compiled.compiling import jit
from gru_book.compiled.threads import run_shares
from gru_book.compiled.vectors import Vector, loop_over_units
from gru_book.params import Array

ALONE = 1 << 17
"""Numbers below which one thread does all."""


def _step(a: Vector, b: Vector, h: Vector) -> tuple[Vector, ...]:
    return (a.times_plus(h, b),)


def _step_back(d_h: Vector, d_later: Vector, h_prev: Vector, a: Vector) -> tuple[Vector, ...]:
    """g_t = d_h_t + a_{t+1} g_{t+1} is the whole gradient in h_t: d_a_t, d_b_t, and what goes on to the step before."""
    g = d_h + d_later
    return g * h_prev, g, a * g


step = loop_over_units(_step, outputs=1)
step_back = loop_over_units(_step_back, outputs=3)


@jit
def _forward(a, b, h_0, h, first, last):
    """a, b, h: (T, N) contiguous; h_0: (N,). The units first to last of all steps."""
    size, row = a.itemsize, a.shape[1] * a.itemsize
    at = first * size
    before = h_0.ctypes.data + at
    for t in range(a.shape[0]):
        here = h.ctypes.data + t * row + at
        step(a, last - first, a.ctypes.data + t * row + at, b.ctypes.data + t * row + at, before, here)
        before = here


@jit
def _backward(a, h, h_0, d_h, d_a, d_b, d_h_0, first, last):
    """d_h, d_a, d_b: (T, N); d_h_0: (N,), written, zeros before."""
    size, row = a.itemsize, a.shape[1] * a.itemsize
    at = first * size
    later = d_h_0.ctypes.data + at
    for t in range(a.shape[0] - 1, -1, -1):
        here = t * row + at
        before = h.ctypes.data + here - row if t > 0 else h_0.ctypes.data + at
        step_back(
            a, last - first, d_h.ctypes.data + here, later, before, a.ctypes.data + here,
            d_a.ctypes.data + here, d_b.ctypes.data + here, later,
        )  # fmt: skip


def recurrence(a: Array, b: Array, h_0: Array, *, threads: int) -> Array:
    """h: (T, N), where h_t = a_t * h_{t-1} + b_t. a, b: (T, N); h_0: (N,); float32 or float64."""
    a, b, h_0 = (np.ascontiguousarray(array) for array in (a, b, h_0))
    h = np.empty_like(b)
    run_shares(lambda first, last: _forward(a, b, h_0, h, first, last), _shares(a, threads))
    return h


def recurrence_backward(a: Array, h: Array, d_h: Array, h_0: Array, *, threads: int) -> tuple[Array, Array, Array]:
    """d_a and d_b: (T, N), d_h_0: (N,). a, h_0: as given to `recurrence`; h: what it returned; d_h: (T, N)."""
    a, h, d_h, h_0 = (np.ascontiguousarray(array) for array in (a, h, d_h, h_0))
    d_a, d_b, d_h_0 = np.empty_like(a), np.empty_like(a), np.zeros_like(h_0)
    run_shares(lambda first, last: _backward(a, h, h_0, d_h, d_a, d_b, d_h_0, first, last), _shares(a, threads))
    return d_a, d_b, d_h_0


def _shares(a: Array, threads: int) -> list[tuple[int, int]]:
    """The units first to last of each thread; at multiples of 64, so that no two write one line of a cache."""
    units = a.shape[1]
    if a.size < ALONE:
        return [(0, units)]
    cuts = sorted({0, *(min(units, round(units * k / threads / 64) * 64) for k in range(1, threads)), units})
    return list(pairwise(cuts))
