"""The two squashing functions of a GRU, each beside its derivative."""

from __future__ import annotations

import numpy as np

from gru_book.params import Array


def sigmoid(a: Array) -> Array:
    """1 / (1 + exp(-a)), elementwise, any shape; exact in both tails, and holomorphic for complex input.

    exp is only taken of numbers whose real part is <= 0, so nothing overflows (chapter 13).
    """
    positive = a.real >= 0
    e = np.exp(np.where(positive, -a, a))
    return np.where(positive, 1.0, e) / (1.0 + e)


def sigmoid_backward(s: Array, d_s: Array) -> Array:
    """d_a from d_s, given the *output* s = sigmoid(a): the derivative is s (1 - s)."""
    return d_s * s * (1.0 - s)


def tanh(a: Array) -> Array:
    """The hyperbolic tangent, elementwise, any shape."""
    return np.tanh(a)


def tanh_backward(n: Array, d_n: Array) -> Array:
    """d_a from d_n, given the *output* n = tanh(a): the derivative is 1 - n^2."""
    return d_n * (1.0 - n * n)
