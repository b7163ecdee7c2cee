"""Copying: repeat the symbols that came long ago, which stood together or were scattered among noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gru_book.errors import ArgumentError
from gru_book.params import Array, check_generator, check_size


@dataclass(frozen=True, eq=False)
class CopyTask:
    """Tokens and, at every step, the token that is asked for.

    Fields:
        tokens: (T, B) int64. 0 to num_symbols - 1 are the symbols, then come the blank and the mark "now repeat".
        targets: (T, B) int64: the blank until the answer is asked for, then the symbols in their order.
        asked: (T, B) bool, True at the steps of the answer: take it as `valid` to score these alone.
        num_symbols: how many different symbols; the model needs num_symbols + 2 inputs and num_symbols + 1 outputs.
    """

    tokens: Array
    targets: Array
    asked: Array
    num_symbols: int

    @property
    def blank(self) -> int:
        """The token that means nothing."""
        return self.num_symbols

    @property
    def mark(self) -> int:
        """The token that asks for the answer."""
        return self.num_symbols + 1

    @property
    def baseline(self) -> float:
        """The cross-entropy over all steps, in nats, of knowing when to answer and guessing what."""
        return float(self.asked.mean()) * math.log(self.num_symbols)


def copying(rng: np.random.Generator, *, delay: int, batch: int, num_symbols: int = 8, length: int = 10) -> CopyTask:
    """Symbols, a wait, a mark, and then the same symbols again; T = delay + 2 * length.

    Args:
        rng: the source of randomness.
        delay: >= 1; the mark is the last of so many steps between the symbols and the answer.
        batch: B >= 1.
        num_symbols, length: how many different symbols, and how many to remember.

    Source: Hochreiter and Schmidhuber (1997); as in Arjovsky, Shah and Bengio (2016): 8 symbols, 10 of
    them to remember, a baseline of 10 log 8 / (delay + 20).
    """
    symbols = _symbols(rng, length, batch, num_symbols)
    steps = check_size("delay", delay) + 2 * length
    tokens = np.full((steps, batch), num_symbols)
    tokens[:length] = symbols
    tokens[length + delay - 1] = num_symbols + 1
    return _task(tokens, symbols, num_symbols)


def selective_copying(
    rng: np.random.Generator, *, seq_len: int, batch: int, num_symbols: int = 15, length: int = 16
) -> CopyTask:
    """Symbols at random places among blanks, then marks; T = seq_len + length.

    The distances are random, so that a model must choose by content what to keep: a fixed filter cannot do it.

    Args:
        rng: the source of randomness.
        seq_len: the steps among which the symbols are scattered, >= length; the answer's `length` steps follow.
        batch: B >= 1.
        num_symbols, length: how many different symbols, and how many to remember.

    Source: Gu and Dao (2023) and Feng et al. (2024): 4,096 steps, 16 tokens of which one is the noise, 16
    to remember. The answer's steps have a mark as input, one for each symbol.
    """
    symbols = _symbols(rng, length, batch, num_symbols)
    if check_size("seq_len", seq_len) < length:
        raise ArgumentError("seq_len", f"an integer >= length = {length}", str(seq_len))
    tokens = np.full((seq_len + length, batch), num_symbols)
    # The `length` smallest of seq_len random numbers are a random choice of places.
    places = np.sort(np.argsort(rng.random((seq_len, batch)), axis=0)[:length], axis=0)
    np.put_along_axis(tokens, places, symbols, axis=0)
    tokens[seq_len:] = num_symbols + 1
    return _task(tokens, symbols, num_symbols)


def _symbols(rng: np.random.Generator, length: int, batch: int, num_symbols: int) -> Array:
    """What is to be remembered, (length, B)."""
    check_generator(rng)
    sizes = [check_size(name, size) for name, size in [("length", length), ("batch", batch)]]
    if check_size("num_symbols", num_symbols) < 2:
        raise ArgumentError("num_symbols", "an integer >= 2: one symbol needs no memory", "1")
    return rng.integers(0, num_symbols, sizes)


def _task(tokens: Array, symbols: Array, num_symbols: int) -> CopyTask:
    """Ask for the symbols in the last steps."""
    asked = np.zeros(tokens.shape, dtype=bool)
    asked[-len(symbols) :] = True
    targets = np.full(tokens.shape, num_symbols)
    targets[-len(symbols) :] = symbols
    return CopyTask(tokens, targets, asked, num_symbols)
