"""Writing a file whole or not at all, and keeping what was there."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from gru_book.grading.errors import CheckError


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Where the folder is missing or read-only, or the disk is full: one line that names the file."""
    try:
        yield
    except OSError as error:
        raise CheckError("unwritable", f"cannot be written: {error.strerror or error}", str(path)) from None


def replace_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: whoever reads sees the old file or the new one.

    Raises CheckError: it cannot be written. The old file is then as it was.
    """
    with _writing(path):
        _replace(path, data)


def _replace(path: Path, data: bytes) -> None:
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".tmp")
    try:
        with os.fdopen(fd, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            os.chmod(name, path.stat().st_mode & 0o777)
        else:
            os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
        _sync_names(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _sync_names(folder: Path) -> None:
    """Have the names in `folder` on the disk too, where the system can: Windows opens no folder."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def keep_copy(path: Path, reason: str) -> Path:
    """Copy `path` beside itself under a name that no file has, with the time in it; returns that name.

    Raises CheckError: there is no room, or no right, to write the copy.
    """
    with _writing(path):
        return _copy(path, reason)


def _copy(path: Path, reason: str) -> Path:
    data = path.read_bytes()
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    for number in range(1, 1000):
        suffix = "" if number == 1 else f"-{number}"
        copy = path.with_name(f"{path.stem}.{reason}-{stamp}{suffix}{path.suffix}")
        try:
            stream = copy.open("xb")
        except FileExistsError:
            continue
        try:
            with stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        except BaseException:
            copy.unlink()  # half a copy is none
            raise
        _sync_names(path.parent)
        return copy
    raise FileExistsError(errno.EEXIST, "a thousand copies of this second are there")
