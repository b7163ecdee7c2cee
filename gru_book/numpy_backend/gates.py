"""The one place that knows how the three gates lie in an array: r, z, n along the last axis."""

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
