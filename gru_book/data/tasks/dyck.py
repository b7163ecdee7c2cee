"""Dyck words: balanced brackets. With one kind of bracket the memory must count, with more it must keep a stack."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gru_book.params import Array, check_generator, check_size


@dataclass(frozen=True, eq=False)
class DyckTask:
    """Balanced words over k kinds of brackets.

    Fields:
        tokens: (T, B) int64; kind c opens as c and closes as k + c.
        depth: (T, B) int64, how many brackets are open after each step: what a counter holds.
        closing: (T, B) int64, the token that would close the innermost open bracket after each step, or -1 where none
            is open: what a model must know to continue the word.
        kinds: k.
    """

    tokens: Array
    depth: Array
    closing: Array
    kinds: int


def dyck(rng: np.random.Generator, *, pairs: int, batch: int, kinds: int = 1) -> DyckTask:
    """Draw B balanced words of T = 2 * pairs brackets, every shape equally likely, every kind equally likely.

    Args:
        rng: the source of randomness.
        pairs: >= 1.  batch: B >= 1.  kinds: k >= 1; 1 is counting.

    Source: Weiss, Goldberg and Yahav (2018) for counting, which an LSTM and a ReLU RNN can do and a GRU of finite
    precision cannot; Dvoretzky and Motzkin (1947) for the cycle lemma by which the words are drawn.
    """
    check_generator(rng)
    steps = _shapes(rng, check_size("pairs", pairs), check_size("batch", batch))
    depth = np.cumsum(steps, axis=0)
    opened = rng.integers(0, check_size("kinds", kinds), depth.shape)
    tokens, closing = np.empty_like(depth), np.empty_like(depth)
    stack = np.full((pairs + 1, batch), -1 - kinds)  # the kind at each depth; below the word nothing can be closed
    b = np.arange(batch)
    for t in range(2 * pairs):
        opens = steps[t] > 0
        stack[depth[t, opens], b[opens]] = opened[t, opens]
        tokens[t] = np.where(opens, opened[t], kinds + stack[np.minimum(depth[t] + 1, pairs), b])
        closing[t] = kinds + stack[depth[t], b]
    return DyckTask(tokens, depth, closing, kinds)


def _shapes(rng: np.random.Generator, pairs: int, batch: int) -> Array:
    """Steps +1 and -1, (2 * pairs, B), whose sums stay >= 0 and end at 0: each shape with the same probability.

    The cycle lemma: of the 2n + 1 rotations of n steps up and n + 1 down, exactly one stays >= 0 until its last step,
    the one that begins after the first lowest point.
    """
    steps = np.repeat([1, -1], [pairs, pairs + 1])
    shuffled = rng.permuted(np.tile(steps, (batch, 1)), axis=1)
    lowest = np.argmin(np.cumsum(shuffled, axis=1), axis=1)
    turned = (lowest[:, None] + 1 + np.arange(2 * pairs)) % (2 * pairs + 1)
    return np.take_along_axis(shuffled, turned, axis=1).T
