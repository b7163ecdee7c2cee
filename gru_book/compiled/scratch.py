"""Room for what is needed only while a layer runs: kept from call to call, so that its pages are there already.

A fresh array of some megabytes is new memory, whose pages the system hands out one by one when they are first written.
Each thread that calls a layer has room of its own.
"""

from __future__ import annotations

import math
import threading

import numpy as np
import numpy.typing as npt

from gru_book.params import Array

LARGEST = 1 << 26
"""Bytes of a piece that is kept; larger ones are made anew, so that not too much stays."""

_kept = threading.local()


def scratch(name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """An array whose content is arbitrary, and gone at the next call with the same name in the same thread."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size > LARGEST:
        return np.empty(shape, dtype)
    room: Array | None = getattr(_kept, name, None)
    if room is None or room.size < size:
        room = np.empty(size, np.uint8)
        setattr(_kept, name, room)
    return room[:size].view(dtype).reshape(shape)
