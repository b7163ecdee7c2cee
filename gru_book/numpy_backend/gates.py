"""The one place that knows how gates lie in an array: r, z, n along the last axis; i, f, g, o for the LSTM."""

from __future__ import annotations

import numpy as np

from gru_book.params import Array


def split_gates(a: Array) -> tuple[Array, Array, Array]:
    """(..., 3H) -> the r, z and n parts, three views of shape (..., H)."""
    hidden_size = a.shape[-1] // 3
    return a[..., :hidden_size], a[..., hidden_size : 2 * hidden_size], a[..., 2 * hidden_size :]


def split_rows(weight: Array) -> tuple[Array, Array, Array]:
    """(3H, ...) -> the rows that belong to r, z and n, three views of shape (H, ...)."""
    hidden_size = weight.shape[0] // 3
    return weight[:hidden_size], weight[hidden_size : 2 * hidden_size], weight[2 * hidden_size :]


def join_gates(r: Array, z: Array, n: Array) -> Array:
    """Three arrays (..., H) -> one (..., 3H), the inverse of `split_gates`."""
    return np.concatenate([r, z, n], axis=-1)


def split_lstm_gates(a: Array) -> tuple[Array, Array, Array, Array]:
    """(..., 4H) -> the i, f, g and o parts, four views of shape (..., H)."""
    i, f, g, o = np.split(a, 4, axis=-1)
    return i, f, g, o


def split_two(a: Array) -> tuple[Array, Array]:
    """(..., 2H) -> two views of shape (..., H): the gate and the candidate of the units that have one gate."""
    first, second = np.split(a, 2, axis=-1)
    return first, second


def split_two_rows(weight: Array) -> tuple[Array, Array]:
    """(2H, ...) -> two views of shape (H, ...)."""
    first, second = np.split(weight, 2)
    return first, second
