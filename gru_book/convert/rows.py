"""How a library's rows lie: the order of the three gates, and whether z weights the candidate or the old state.

1 - sigmoid(a) = sigmoid(-a), so a z that keeps the old state becomes one that weights the candidate by negating
W_z, U_z and b_z.
"""

from __future__ import annotations

import numpy as np

from gru_book.params import Array

ORDER = "rzn"
"""The order of the rows here."""


def to_book(array: Array, order: str, *, z_keeps: bool) -> Array:
    """A library's rows as the book's: (3H, ...) in `order`, such as "zrn" -> a copy (3H, ...) in r, z, n."""
    part = dict(zip(order, np.split(array, 3), strict=True))
    if z_keeps:
        part["z"] = -part["z"]
    return np.concatenate([part[gate] for gate in ORDER])


def from_book(array: Array, order: str, *, z_keeps: bool) -> Array:
    """The inverse of `to_book`: (3H, ...) in r, z, n -> a copy (3H, ...) in `order`."""
    part = dict(zip(ORDER, np.split(array, 3), strict=True))
    if z_keeps:
        part["z"] = -part["z"]
    return np.concatenate([part[gate] for gate in order])
