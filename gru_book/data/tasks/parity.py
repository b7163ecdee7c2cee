"""Parity: has the number of ones so far been odd? One bit of memory that every input may flip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gru_book.params import Array, check_generator, check_size


@dataclass(frozen=True, eq=False)
class ParityTask:
    """x: (T, B, 1) float64, bits; targets: (T, B) int64, 1 where the number of ones up to and with this step is odd."""

    x: Array
    targets: Array


def parity(rng: np.random.Generator, *, seq_len: int, batch: int) -> ParityTask:
    """Draw B sequences of T fair bits and their running parity. seq_len: T >= 1; batch: B >= 1.

    Source: Hochreiter and Schmidhuber, Bridging long time lags by weight guessing and "long short-term memory" (1996),
    who list the papers that use it and show that guessing weights solves it when only the final parity is asked for.
    """
    check_generator(rng)
    bits = rng.integers(0, 2, (check_size("seq_len", seq_len), check_size("batch", batch)))
    return ParityTask(bits[..., None].astype(np.float64), np.cumsum(bits, axis=0) % 2)
