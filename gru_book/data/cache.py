"""The user's cache folder: what was downloaded, and arrays that took long to build, each with its checksum."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from gru_book.params import Array

CHECKSUM = "sha256"
"""The name under which an .npz file holds the checksum of its other arrays."""


def cache_folder() -> Path:
    """The folder that GRU_BOOK_CACHE names, else `gru-book/data` where this system keeps a user's caches."""
    chosen = os.environ.get("GRU_BOOK_CACHE", "")
    return Path(chosen).expanduser().absolute() if chosen else user_cache_path("gru-book") / "data"


def cached_file(name: str) -> Path:
    """Where `cached_arrays` keeps the arrays `name`."""
    return cache_folder() / f"{name}.npz"


def cached_arrays(name: str, build: Callable[[], dict[str, Array]]) -> dict[str, Array]:
    """What `build` returns, kept in the cache for the next time.

    A damaged file is noticed by its checksum and built again, with a warning; if the cache cannot be written, the
    arrays come all the same, with a warning.
    """
    path = cached_file(name)
    if path.exists():
        try:
            return _read(path)
        except Exception as error:  # a damaged file may raise anything; the warning says so and the arrays are rebuilt
            warnings.warn(f"{path} is damaged ({_reason(error)}) and is built again", stacklevel=2)
    arrays = build()
    try:
        _write(path, arrays)
    except OSError as error:
        warnings.warn(f"{path} could not be written ({error}): the next load builds it again", stacklevel=2)
    return arrays


def arrays_checksum(arrays: Mapping[str, Array]) -> str:
    """The sha256 of names, dtypes, shapes and values, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _read(path: Path) -> dict[str, Array]:
    """The arrays of an .npz file. Raises whatever a damaged one makes NumPy raise, or ValueError: the checksum."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    if str(arrays.pop(CHECKSUM)) != arrays_checksum(arrays):
        raise ValueError("its checksum does not fit")
    return arrays


def _write(path: Path, arrays: dict[str, Array]) -> None:
    """Write the arrays so that another process sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            contents: dict[str, Any] = {**arrays, CHECKSUM: np.array(arrays_checksum(arrays))}
            np.savez_compressed(file, **contents)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
