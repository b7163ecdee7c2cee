"""The activation functions, each beside its derivative: sigmoid and tanh of a GRU, relu and softplus of its kin."""

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


def relu(a: Array) -> Array:
    """max(a, 0), elementwise, any shape; NaN stays NaN. A complex number is judged by its real part."""
    kept: Array = np.where(a.real <= 0, 0.0, a).astype(a.dtype, copy=False)
    return kept


def relu_backward(h: Array, d_h: Array) -> Array:
    """d_a from d_h, given the *output* h = relu(a): the derivative is 1 where h > 0, and 0 elsewhere, at a = 0 too."""
    d_a: Array = np.where(h.real <= 0, 0.0, d_h).astype(d_h.dtype, copy=False)
    return d_a


def softplus(a: Array) -> Array:
    """log(1 + exp(a)) = -log(sigmoid(-a)), elementwise; exact in both tails, and holomorphic for complex input."""
    positive = a.real >= 0
    e = np.exp(np.where(positive, -a, a))
    return np.where(positive, a, 0.0) + np.log1p(e)


def softplus_backward(a: Array, d_y: Array) -> Array:
    """d_a from d_y, given the *input* a: the derivative is sigmoid(a)."""
    return d_y * sigmoid(a)
