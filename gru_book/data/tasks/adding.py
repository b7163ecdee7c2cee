"""The adding problem: two marked numbers far apart, whose sum is asked for at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gru_book.errors import ArgumentError
from gru_book.params import Array, check_generator, check_size

ADDING_BASELINE = 1.0 / 6.0
"""The mean squared error of always answering 1: the variance of the sum of two numbers uniform on [0, 1)."""


@dataclass(frozen=True, eq=False)
class AddingTask:
    """x: (T, B, 2) float64, a number in [0, 1) and a mark, 0 or 1; y: (B, 1) float64, the sum of the marked two."""

    x: Array
    y: Array


def adding(rng: np.random.Generator, *, seq_len: int, batch: int) -> AddingTask:
    """Draw B sequences of T numbers, one marked in the first half of the steps and one in the second.

    Args:
        rng: the source of randomness.
        seq_len: T >= 2.  batch: B >= 1.

    Source: Hochreiter and Schmidhuber (1997), in the form of Arjovsky, Shah and Bengio (2016), which Bai, Kolter and
    Koltun (2018) use too. The first paper draws from [-1, 1] and scales the sum.
    """
    check_generator(rng)
    check_size("batch", batch)
    if check_size("seq_len", seq_len) < 2:
        raise ArgumentError("seq_len", "an integer >= 2, one step for each mark", "1")
    numbers, marks = rng.random((seq_len, batch)), np.zeros((seq_len, batch))
    first = rng.integers(0, seq_len // 2, batch)
    second = rng.integers(seq_len // 2, seq_len, batch)
    b = np.arange(batch)
    marks[first, b] = marks[second, b] = 1.0
    return AddingTask(np.stack([numbers, marks], axis=-1), (numbers[first, b] + numbers[second, b])[:, None])
