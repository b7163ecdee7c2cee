"""Batches for the torch loop: sequences with a target at every step, or one label each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gru_book.errors import ArgumentError

Epoch = Callable[[np.random.Generator], Iterable["Batch"]]
"""Draws the batches of one epoch: the same generator state gives the same batches in the same order."""


@dataclass(frozen=True, eq=False)
class Batch:
    """B sequences and what to predict of them.

    Fields:
        x: (T, B, I), or (T, B) integers for an embedding; time first.
        y: (T, B) or (T, B, K), a target at every step; or (B,), a label for each sequence.
        lengths: (B,) integers in 0..T; None means T for all.

    Raises:
        ArgumentError: the sizes do not fit each other, or x holds NaN or inf in a valid step.
    """

    x: Tensor
    y: Tensor
    lengths: Tensor | None = None

    def __post_init__(self) -> None:
        if self.x.dim() not in (2, 3):
            raise ArgumentError("x", "shape (T, B, I) or (T, B)", f"shape {tuple(self.x.shape)}")
        seq_len, batch = self.x.shape[:2]
        if tuple(self.y.shape[:2]) != (seq_len, batch) and tuple(self.y.shape) != (batch,):
            expected = f"a target at every step, ({seq_len}, {batch}, ...), or a label each, ({batch},)"
            raise ArgumentError("y", expected, f"shape {tuple(self.y.shape)}")
        if self.lengths is not None:
            if tuple(self.lengths.shape) != (batch,):
                raise ArgumentError("lengths", f"shape ({batch},)", f"shape {tuple(self.lengths.shape)}")
            if batch and not (int(self.lengths.min()) >= 0 and int(self.lengths.max()) <= seq_len):
                raise ArgumentError("lengths", f"0 <= length <= T = {seq_len}", f"{self.lengths.tolist()}")
        if self.x.is_floating_point() and not torch.isfinite(self.x[self.valid]).all():
            raise ArgumentError("x", "finite numbers", "NaN or inf")

    @property
    def per_step(self) -> bool:
        """True for a target at every step, False for a label each."""
        return self.y.dim() > 1

    @property
    def valid(self) -> Tensor:
        """(T, B) bool, True up to each length."""
        seq_len, batch = self.x.shape[:2]
        if self.lengths is None:
            return torch.ones(seq_len, batch, dtype=torch.bool, device=self.x.device)
        return torch.arange(seq_len, device=self.x.device)[:, None] < self.lengths.to(self.x.device)

    def share(self, part: slice) -> Batch:
        """Some of the sequences."""
        y = self.y[:, part] if self.per_step else self.y[part]
        return Batch(self.x[:, part], y, None if self.lengths is None else self.lengths[part])

    def to(self, device: torch.device) -> Batch:
        """The batch on a device."""
        lengths = None if self.lengths is None else self.lengths.to(device)
        return Batch(self.x.to(device), self.y.to(device), lengths)

    def chunks(self, steps: int | None) -> Iterator[Batch]:
        """Pieces of at most `steps` steps, in order, for truncated back-propagation; None: the whole."""
        seq_len = self.x.shape[0]
        if steps is None or steps >= seq_len:
            yield self
            return
        for start in range(0, seq_len, steps):
            stop = min(start + steps, seq_len)
            lengths = None if self.lengths is None else (self.lengths - start).clamp(0, stop - start)
            yield Batch(self.x[start:stop], self.y[start:stop], lengths)


def shuffled(batch: Batch, batch_size: int) -> Epoch:
    """An epoch over the sequences of one large batch: all of them, in an order drawn anew, `batch_size` at a time."""

    def epoch(rng: np.random.Generator) -> Iterator[Batch]:
        order = torch.from_numpy(rng.permutation(batch.x.shape[1]))
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            y = batch.y[:, chosen] if batch.per_step else batch.y[chosen]
            lengths = None if batch.lengths is None else batch.lengths[chosen]
            longest = int(lengths.max()) if lengths is not None else batch.x.shape[0]
            yield Batch(batch.x[: max(longest, 1), chosen], y[: max(longest, 1)] if batch.per_step else y, lengths)

    return epoch


def stream(values: Tensor, batch: int, steps: int) -> Epoch:
    """An epoch over one long series, cut into `batch` rows that are read side by side, `steps` at a time.

    Consecutive batches continue each other, so the state is carried between them (`fit(carry=True)`).

    Args:
        values: (N,) integers or (N, I); the target of each step is the value after it.
    """
    rows = (len(values) - 1) // batch
    if rows < 1:
        raise ArgumentError("values", f"at least {batch + 1} values for {batch} rows", f"{len(values)}")
    shape = (batch, rows, *values.shape[1:])
    x = values[: rows * batch].reshape(shape).transpose(0, 1)
    y = values[1 : rows * batch + 1].reshape(shape).transpose(0, 1)

    def epoch(rng: np.random.Generator) -> Iterator[Batch]:
        for start in range(0, rows, steps):
            yield Batch(x[start : start + steps], y[start : start + steps])

    return epoch
