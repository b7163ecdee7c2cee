"""`jit`, with which every kernel is compiled, and a cache on disk that knows of all files of this package.

Numba keeps what it compiled beside the file of the function, and takes it for fresh while that file is unchanged. But a
kernel of `chain` holds code of `tiles`, `vectors` and `equations`: after a change there the old machine code would run
on. So the stamp that is compared is one of all files, and of the registers that the code was made for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit

from gru_book.compiled.vectors import REGISTER_BYTES


@cache
def stamp() -> str:
    """Of the content of all files here, and of the width of a register."""
    content = hashlib.sha256(str(REGISTER_BYTES).encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        content.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return content.hexdigest()


def jit(function: Callable[..., Any]) -> Any:
    """Compiled at its first call with arguments of new types, or read from the disk."""
    compiled = njit(nogil=True, cache=True, error_model="numpy")(function)
    file: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if hasattr(file, "_source_stamp"):  # Numba has no public name for it; without it, its own rule holds
        file._source_stamp = (file._source_stamp, stamp())
    return compiled
