"""Where a measurement was made: the machine, what else it did, and the versions."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gru_book import __version__

MISSING = "not installed"


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> float | None:
    """Processes that ran or waited on average over the last minute; None where the system does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def machine(packages: tuple[str, ...]) -> dict[str, Any]:
    """What a figure needs beside it."""
    return {
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": cores(),
        "python": platform.python_version(),
        "versions": {"gru-book": __version__, **{name: version_of(name) for name in packages}},
    }


def version_of(package: str) -> str:
    """The installed version, or MISSING."""
    try:
        return version(package)
    except PackageNotFoundError:
        return MISSING


def family(pid: int | None = None) -> list[int]:
    """This process, or another, and all that it started, as Linux lists them; alone elsewhere."""
    first = os.getpid() if pid is None else pid
    found, waiting = [], [first]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for path in _tasks(pid):
            with suppress(OSError):  # it ended meanwhile
                waiting += map(int, (path / "children").read_text().split())
    return found


def _tasks(pid: int) -> list[Path]:
    """Where Linux tells of each thread of a process; none where it ended meanwhile."""
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def memory(pids: list[int]) -> int | None:
    """Bytes that these processes hold, what several share counted in parts; None where the system does not say."""
    total, known = 0, False
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        known = True
        total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) << 10
    return total if known else None
