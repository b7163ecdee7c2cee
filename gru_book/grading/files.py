"""Writing a file whole or not at all, and keeping what was there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from datetime import datetime
from pathlib import Path


def replace_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: whoever reads sees the old file or the new one."""
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
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def keep_copy(path: Path, reason: str) -> Path:
    """Copy `path` beside itself under a name that no file has, with the time in it; returns that name."""
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
        return copy
    raise FileExistsError(str(path))
