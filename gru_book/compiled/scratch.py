"""Arrays for a layer: aligned with the lines of the cache; what is needed only while it runs is kept from call to call.

A fresh array of some megabytes is new memory, whose pages the system hands out one by one when they are first written.
Each thread that calls a layer has room of its own.
"""

from __future__ import annotations

import ctypes
import math
import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from gru_book.params import Array

LARGEST = 1 << 26
"""Bytes of a piece that is kept; larger ones are made anew, so that not too much stays."""

_kept = threading.local()


LINE = 64
"""Bytes of a line of the cache, and of the widest register: a load across two of them takes twice as long."""


def aligned_empty(shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """numpy.empty, beginning at a line of the cache."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    return _aligned(np.empty(size + LINE, np.uint8), shape, dtype)


def scratch(name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """As `aligned_empty`, but its room is used again: gone at the next call with the same name in the same thread."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size > LARGEST:
        return aligned_empty(shape, dtype)
    room: Array | None = getattr(_kept, name, None)
    if room is None or room.size < size + LINE:
        room = np.empty(size + LINE, np.uint8)
        setattr(_kept, name, room)
    return _aligned(room, shape, dtype)


def _aligned(room: Any, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """An array in the room, which is one of bytes, from its first line on.

    By ctypes, since NumPy's own ways to an address take four times as long.
    """
    address = ctypes.addressof(ctypes.c_char.from_buffer(room))
    return np.ndarray(shape, dtype, room, -address % LINE)
