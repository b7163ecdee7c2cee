"""Which rows a batch has: one for each step of each sequence, and none for padding.

Rows are ordered by step, and within a step by length, the longest sequence first. So the sequences that still run are
always the first ones, the state before a row stands at the same place one step earlier, and a share of the sequences
is a run of neighbouring rows at every step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from gru_book.params import Array


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a batch of B sequences over T steps; R of them.

    Attributes:
        start: (T,) int64, the first row of each step.
        count: (T,) int64, how many sequences run at each step.
        order: (B,) int64, the sequences by length, longest first; None where all are equally long.
        source: (R,) int64, where each row stands among the T * B of a padded batch; None where that is itself.
    """

    start: Array
    count: Array
    order: Array | None
    source: Array | None

    @property
    def total(self) -> int:
        """R."""
        return int(self.start[-1] + self.count[-1])

    @property
    def widest(self) -> int:
        """The rows of the first step, which no other has more of."""
        return int(self.count[0])

    def of_sequences(self, p_0: int, p_1: int) -> tuple[Array, Array]:
        """`start` and `count` of the sequences p_0 to p_1 alone."""
        if p_0 == 0 and p_1 >= self.widest:
            return self.start, self.count
        return self.start + p_0, (self.count - p_0).clip(0, p_1 - p_0)

    def gather(self, padded: Array) -> Array:
        """(T, B, K) -> (R, K), contiguous; the caller's own numbers where nothing is padded."""
        flat = padded.reshape(-1, padded.shape[-1])
        return np.ascontiguousarray(flat if self.source is None else flat[self.source])

    def scatter(self, rows: Array, seq_len: int, batch: int) -> Array:
        """(R, K) -> (T, B, K), zeros in the padding."""
        if self.source is None:
            return rows.reshape(seq_len, batch, rows.shape[1])
        padded = np.zeros((seq_len * batch, rows.shape[1]), rows.dtype)
        padded[self.source] = rows
        return padded.reshape(seq_len, batch, rows.shape[1])

    def ordered(self, states: Array) -> Array:
        """A copy of (B, H) in the rows' order."""
        return np.array(states if self.order is None else states[self.order], order="C")

    def restored(self, states: Array) -> Array:
        """The reverse of `ordered`."""
        if self.order is None:
            return states
        back = np.empty_like(states)
        back[self.order] = states
        return back

    def previous_pieces(self, output: Array, h_0: Array, reverse: bool) -> list[tuple[slice, Array]]:
        """The state before each row, in pieces: some rows, and the states before them, (rows, H).

        output: (R, H); h_0: (B, H) in the rows' order. Where all sequences are equally long the pieces are the caller's
        own numbers: the first step's states are h_0, and those of each other step are the outputs a step earlier.
        """
        if self.source is None:
            R, batch = self.total, len(h_0)
            first, later = (slice(R - batch, R), slice(0, R - batch)) if reverse else (slice(batch), slice(batch, R))
            return [(later, output[batch:] if reverse else output[: R - batch]), (first, h_0)]
        return [(slice(0, self.total), self.previous(output, h_0, reverse))]

    def previous(self, output: Array, h_0: Array, reverse: bool) -> Array:
        """The state before each row, (R, H). output: (R, H); h_0: (B, H) in the rows' order."""
        before = np.arange(len(self.start)) + (1 if reverse else -1)
        inside = (before >= 0) & (before < len(self.start))
        known = np.where(inside, self.count[before.clip(0, len(self.start) - 1)], 0)
        place = np.arange(self.total) - np.repeat(self.start, self.count)
        first = np.repeat(np.where(inside, self.start[before.clip(0, len(self.start) - 1)], 0), self.count)
        has_one = place < np.repeat(known, self.count)
        before_each: Array = np.concatenate([output, h_0])[np.where(has_one, first + place, self.total + place)]
        return before_each

    @cached_property
    def sequence_ends(self) -> Array:
        """(B + 1,) the rows of the first sequences together, for dividing them evenly."""
        batch = int(self.count.max(initial=0))
        lengths = (self.count[:, None] > np.arange(batch)).sum(axis=0)
        return np.concatenate([[0], np.cumsum(lengths)])

    def shares(self, threads: int, batch: int) -> list[tuple[int, int]]:
        """The sequences p_0 to p_1 of each thread, with nearly equally many rows; some may have none."""
        ends = self.sequence_ends
        cuts = [int(np.searchsorted(ends, ends[-1] * k / threads)) for k in range(threads)]
        cuts = [min(cut, batch) for cut in cuts] + [batch]
        return [(p_0, p_1) for p_0, p_1 in pairwise(cuts) if p_1 > p_0]


def rows_of(seq_len: int, batch: int, lengths: Array | None) -> Rows:
    """The rows of a batch; `lengths` (B,) integers in 0..T, None for T in all."""
    if lengths is None:
        return _full_rows(seq_len, batch)
    order = np.argsort(-lengths, kind="stable").astype(np.int64)
    runs = lengths[order] > np.arange(seq_len)[:, None]
    count = runs.sum(axis=1, dtype=np.int64)
    step, place = np.nonzero(runs)
    return Rows(np.cumsum(count) - count, count, order, step * batch + order[place])


@lru_cache(maxsize=8)
def _full_rows(seq_len: int, batch: int) -> Rows:
    """The rows of a batch without padding; nobody writes to them, so all calls of one shape share them."""
    return Rows(np.arange(seq_len, dtype=np.int64) * batch, np.full(seq_len, batch, dtype=np.int64), None, None)
