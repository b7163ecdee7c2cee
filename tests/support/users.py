"""Commands that run as an ordinary user, and a disk that is soon full."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
NOBODY = 65534


def as_ordinary_user(command: list[str]) -> list[str]:
    """The command run by an ordinary user, to whom Python, its packages and this repository are shown.

    The test's Python may lie in root's home, so that a user could not even start it. Skips if this is not root.
    """
    if os.getuid() != 0:
        return command
    setpriv, bubblewrap = shutil.which("setpriv"), shutil.which("bwrap")
    if setpriv is None or bubblewrap is None:
        pytest.skip("needs setpriv and bwrap to become an ordinary user")
    hidden: set[Path] = set()
    shown: list[str] = []
    for path in map(Path, map(os.path.realpath, (sys.base_prefix, sys.prefix, str(REPOSITORY)))):
        top = _first_hidden(path)
        if top is None:
            continue
        if top not in hidden:
            shown += ["--tmpfs", str(top)]
            hidden.add(top)
        for folder in (f for f in [*reversed(path.parents), path] if top in f.parents):
            shown += ["--perms", "0755", "--dir", str(folder)]
        shown += ["--bind", str(path), str(path)]
    number = str(NOBODY)
    user = [setpriv, "--reuid", number, "--regid", number, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    return [bubblewrap, "--dev-bind", "/", "/", *shown, "--cap-add", "ALL", "--", *user, *command]


def _first_hidden(path: Path) -> Path | None:
    """The first folder on the way to `path` that others may not enter."""
    for folder in [*reversed(path.parents), path]:
        if not stat.S_IMODE(folder.stat().st_mode) & stat.S_IXOTH:
            return folder
    return None


def give(*paths: Path) -> None:
    """Make the ordinary user the owner of these, where the tests run as root."""
    if os.getuid() == 0:
        for path in paths:
            os.chown(path, NOBODY, NOBODY)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of this size ("2m") at `folder`; skips where it cannot be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def resize(disk: Path, size: str) -> None:
    """Give a small disk another size."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)
