"""Sequences of different lengths: kept end to end, padded when a batch is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.layer import valid_steps
from gru_book.params import Array, describe


def finite(argument: str, values: Array) -> Array:
    """`values` as they are. Raises ArgumentError: a NaN or inf in them."""
    if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
        place = tuple(int(k) for k in np.argwhere(~np.isfinite(values))[0])
        raise ArgumentError(argument, "finite numbers", f"{values[place]} at position {place}")
    return values


@dataclass(frozen=True, eq=False)
class Padded:
    """A batch. values: (T, B, ·), time first, 0 past a sequence's end; lengths: (B,) int64, T the longest."""

    values: Array
    lengths: Array

    @property
    def valid(self) -> Array:
        """(T, B) bool, True before each sequence's end: what the losses take as `valid`."""
        return valid_steps(self.lengths, self.values.shape[0], self.values.shape[1])[..., 0]


@dataclass(frozen=True, eq=False)
class Sequences:
    """B sequences of lengths T_b, stored end to end, so that one long sequence costs the others nothing.

    Fields:
        values: (sum of T_b, ·), finite.
        lengths: (B,) int64, each >= 0.

    Raises ArgumentError: the lengths do not add up, or a NaN or inf.
    """

    values: Array
    lengths: Array

    def __post_init__(self) -> None:
        if self.lengths.ndim != 1 or not np.issubdtype(self.lengths.dtype, np.integer) or np.any(self.lengths < 0):
            raise ArgumentError("lengths", "shape (B,) of integers >= 0", describe(self.lengths))
        if self.values.shape[:1] != (int(self.lengths.sum()),):
            raise ArgumentError("values", f"{self.lengths.sum()} rows, the sum of the lengths", describe(self.values))
        finite("values", self.values)

    @classmethod
    def of(cls, items: Sequence[Array]) -> Sequences:
        """From at least one array (T_b, ·), alike but for T_b."""
        if not items:
            raise ArgumentError("items", "at least one sequence", "none")
        return cls(np.concatenate(items), np.array([len(item) for item in items], dtype=np.int64))

    def __len__(self) -> int:
        return self.lengths.size

    def __getitem__(self, b: int) -> Array:
        """Sequence b, (T_b, ·): a view."""
        if not -len(self) <= b < len(self):
            raise IndexError(b)
        end = int(np.cumsum(self.lengths)[b])
        return self.values[end - int(self.lengths[b]) : end]

    def __iter__(self) -> Iterator[Array]:
        yield from np.split(self.values, np.cumsum(self.lengths)[:-1]) if len(self) else ()

    def select(self, which: npt.ArrayLike) -> Sequences:
        """The sequences at the positions `which`, (K,) integers, in that order."""
        positions = np.asarray(which, dtype=np.int64)
        if positions.size and not 0 <= positions.min() <= positions.max() < len(self):
            raise ArgumentError("which", f"positions in 0..{len(self) - 1}", describe(which))
        items = list(self)
        chosen = [items[b] for b in positions]
        return Sequences.of(chosen) if chosen else Sequences(self.values[:0], self.lengths[:0])

    def padded(self, which: npt.ArrayLike | None = None, *, dtype: npt.DTypeLike = np.float64) -> Padded:
        """The sequences at the positions `which` (None: all) as one batch, time first."""
        chosen = self if which is None else self.select(which)
        longest = int(chosen.lengths.max(initial=0))
        values = np.zeros((longest, len(chosen), *self.values.shape[1:]), dtype)
        for b, item in enumerate(chosen):
            values[: len(item), b] = item
        return Padded(values, chosen.lengths.copy())
