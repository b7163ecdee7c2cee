"""How the blocks of a persistent kernel share a layer and exchange the state: the pattern, in plain NumPy.

Where W_hh does not fit one multiprocessor, several blocks hold a part of it each, for the whole call, and every step
needs all of the state. No kernel here does that yet. This is what such a kernel must do, whatever it is written in:
`plan` says who owns what and whether it fits; `forward_block` and `backward_block` are one block's program, in the
order in which it writes, signals, waits and reads. The tests run the blocks under a scheduler that lets them drift
apart as far as the waiting allows, on a memory that shows old values of whatever was not signalled.

Ownership. A group of blocks shares a slice of the batch, and groups need nothing of each other. A block owns some
units: the rows r, z and n of U for them in the forward, their columns in the backward. So what is pointwise stays with
its owner, and the state that is carried never leaves it.

Exchange. Each exchange has a number e = 0, 1, ...: every block writes its units' part into buffer e mod 2 and then adds
one to the group's counter (a release, after all its threads have written). Who needs the exchange waits until the
counter has reached blocks * (e + 1) (an acquire), and then reads all parts. The counter only grows and is never reset.

    forward    reset after    h_t                               one exchange a step
               reset before   r * h_{t-1}, then h_t             two
    backward   reset after    d_a_r, d_a_z and r * d_a_n        one
               reset before   d_a_z and d_a_n, then d_a_r       two

Two buffers are enough, and one is not: who writes exchange e + 2 has seen all signals of e + 1, and each block gave its
own after it had read e. For the same reason everything of an exchange is read, into the block's own memory, before the
block signals the next one. Reset before: z, or z's product in the backward, is worked out between signal and wait.

In a cluster the buffers lie in each block's shared memory, a write goes to all of them, and the cluster's barrier does
what the counter does. In a grid they lie in global memory, and all blocks must be resident at once. Where shared memory
has no room for all of an exchange beside U, it passes through in pieces: then every product is taken as the pieces
come, z's too, and nothing but pointwise work is left for the wait.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

import numpy as np

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.activations import sigmoid
from gru_book.params import Array

BUFFERS = 2
PIECES = 128
"""Rows of an exchange that pass through shared memory at once: two pieces of 64, one loaded while one is multiplied."""


class Write(NamedTuple):
    """Put values: (parts, own units, B) into a buffer, at the block's own units."""

    buffer: int
    values: Array


class Signal(NamedTuple):
    """Add one to the group's counter; whoever waits for it sees all that this block wrote before."""


class Wait(NamedTuple):
    """Go on when the counter has come to so many signals."""

    signals: int


class Read(NamedTuple):
    """All units' values: (parts, H, B), from a buffer."""

    buffer: int
    parts: int


Event = Write | Signal | Wait | Read
Program = Generator[Event, Any, Any]


class Plan(NamedTuple):
    """Who owns what; shapes and bytes for one direction of one layer."""

    medium: str  # "cluster": through distributed shared memory; "grid": through global memory
    units: tuple[slice, ...]  # of each block of a group
    sequences: tuple[slice, ...]  # of each group
    held: int  # rows of an exchange that a block has in its shared memory at once
    shared_bytes: int  # of the block that needs most


def plan(
    batch: int,
    hidden_size: int,
    itemsize: int,
    *,
    reset_after: bool,
    backward: bool,
    processors: int = 132,
    shared_limit: int = 227 * 1024,
    largest_cluster: int = 8,
    rows: int = 16,
) -> Plan:
    """The plan with the fewest blocks a group, so that the fewest must wait for each other.

    batch >= 1.  itemsize: bytes of a number, in U and in an exchange.  processors: how many multiprocessors there are,
    which is how many blocks are resident, one each.  shared_limit: bytes of shared memory a block.
    largest_cluster: 8 on every device that has clusters, 16 where the kernel asks for it.  rows: units come in such
    bundles, as the matrix instructions want them.

    Raises:
        ArgumentError: even one group of all multiprocessors does not hold U.
    """
    width = hidden_size * exchanged_parts(reset_after=reset_after, backward=backward)
    for blocks in range(1, min(-(-hidden_size // rows), processors) + 1):
        units = tuple(_split(hidden_size, blocks, rows))
        sequences = tuple(_split(batch, processors // blocks, 1))
        for medium, held in _ways(len(units), width, largest_cluster):
            copies = BUFFERS if medium == "cluster" else 1
            numbers = 3 * hidden_size * units[0].stop + copies * held * sequences[0].stop
            if numbers * itemsize <= shared_limit:
                return Plan(medium, units, sequences, held, numbers * itemsize)
    raise ArgumentError(
        "hidden_size", f"weights that {processors} blocks of {shared_limit} bytes hold", str(hidden_size)
    )


def _ways(blocks: int, width: int, largest_cluster: int) -> Iterator[tuple[str, int]]:
    """The medium, and how much of an exchange of `width` rows is held at once; the best first.

    A cluster reads the buffers where they are. A grid copies an exchange, all at once or by pieces.
    """
    if blocks <= largest_cluster:
        yield "cluster", width
    yield "grid", width
    yield "grid", min(width, PIECES)


def exchanged_parts(*, reset_after: bool, backward: bool) -> int:
    """How many numbers a unit and sequence the widest exchange has."""
    if not backward:
        return 1
    return 3 if reset_after else 2


def _split(size: int, parts: int, multiple: int) -> Iterator[slice]:
    """0..size in at most `parts` slices, all but the last of one length, a multiple of `multiple`."""
    length = -(-size // (parts * multiple)) * multiple
    for begin in range(0, size, length):
        yield slice(begin, min(begin + length, size))


def _give(exchange: int, *parts: Array) -> Program:
    """Write the own part of an exchange, and say so."""
    yield Write(exchange % BUFFERS, np.stack(parts))
    yield Signal()


def _take(exchange: int, parts: int, blocks: int) -> Program:
    """Wait for all blocks' parts of an exchange, and read them: (parts, H, B)."""
    yield Wait(blocks * (exchange + 1))
    return (yield Read(exchange % BUFFERS, parts))


def forward_block(
    own: slice, blocks: int, a: Array, h_0: Array, U: Array, b_hn: Array | None, *, reset_after: bool
) -> Program:
    """One block of `blocks` in the forward; returns its output, (T, own units, B).

    own: its units.  a: (T, 3H, B), the input's share of the pre-activations.  h_0: (H, B).  U: (3H, H).
    b_hn: (H,), what stands inside the reset, or None.
    """
    U_r, U_z, U_n = (gate[own] for gate in np.split(U, 3))
    h, h_own, output = h_0, h_0[own], []
    for t, a_t in enumerate(a):
        a_r, a_z, a_n = (gate[own] for gate in np.split(a_t, 3))
        r = sigmoid(a_r + U_r @ h)
        if reset_after:
            s = U_n @ h if b_hn is None else U_n @ h + b_hn[own, None]
            z, n = sigmoid(a_z + U_z @ h), np.tanh(a_n + r * s)
        else:
            yield from _give(2 * t, r * h_own)
            z = sigmoid(a_z + U_z @ h)  # while the others' parts are under way
            (rh,) = yield from _take(2 * t, 1, blocks)
            n = np.tanh(a_n + U_n @ rh)
        h_own = (1.0 - z) * h_own + z * n
        output.append(h_own)
        if t + 1 < len(a):
            exchange = t if reset_after else 2 * t + 1
            yield from _give(exchange, h_own)
            (h,) = yield from _take(exchange, 1, blocks)
    return np.stack(output)


def backward_block(
    own: slice,
    blocks: int,
    d_output: Array,
    d_h_n: Array,
    rzn: Array,
    s: Array | None,
    h_prev: Array,
    U: Array,
    *,
    reset_after: bool,
) -> Program:
    """One block of `blocks` in the backward; returns its d_a_h (T, 3, own units, B) and d_h_0 (own units, B).

    d_output, h_prev: (T, H, B).  d_h_n: (H, B).  rzn: (T, 3, H, B).  s: (T, H, B), what r multiplied, for reset
    after.
    """
    V_r, V_z, V_n = (gate[:, own].T for gate in np.split(U, 3))
    d_h, d_a_h = d_h_n[own], np.empty_like(rzn[:, :, own])
    for k, t in enumerate(reversed(range(len(rzn)))):
        (r, z, n), h = rzn[t][:, own], h_prev[t][own]
        d = d_h + d_output[t][own]
        d_a_z, d_a_n = z * (1.0 - z) * (n - h) * d, z * (1.0 - n * n) * d
        if s is not None and reset_after:
            d_a_r, d_s = r * (1.0 - r) * s[t][own] * d_a_n, r * d_a_n
            yield from _give(k, d_a_r, d_a_z, d_s)
            all_r, all_z, all_s = yield from _take(k, 3, blocks)
            through = V_r @ all_r + V_z @ all_z + V_n @ all_s
        else:
            yield from _give(2 * k, d_a_z, d_a_n)
            all_z, all_n = yield from _take(2 * k, 2, blocks)
            d_rh, d_s = V_n @ all_n, d_a_n
            d_a_r = r * (1.0 - r) * h * d_rh
            yield from _give(2 * k + 1, d_a_r)
            by_z = V_z @ all_z  # while the others' parts are under way
            (all_r,) = yield from _take(2 * k + 1, 1, blocks)
            through = V_r @ all_r + by_z + d_rh * r
        d_a_h[t] = d_a_r, d_a_z, d_s
        d_h = (1.0 - z) * d + through
    return d_a_h, d_h
