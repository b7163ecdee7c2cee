"""Running `gru-book grade` as a process of its own, and killing it, or parts of it, at random moments."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from gru_book.grading.sandbox.zygote import AGAIN, ENDED

COORDINATOR, WORKER, ZYGOTE, CHILD = "coordinator", "worker", "zygote", "child"
TARGETS = (COORDINATOR, WORKER, ZYGOTE, CHILD)
FIRST_STARTS = 6
"""Warm processes that a command starts before it grades anything, each after the one before was killed."""
AT_THE_START = f"gru-book: no sandbox: {ENDED}; mend: {AGAIN}"
"""What it says when all of them were killed."""
GONE = 10.0
"""Seconds in which everything that a killed process started must be gone."""


def command(submissions: Path, book: Path | str, exercises: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "gru_book", "grade", str(submissions), "--gradebook", str(book),
        "--exercises", str(exercises), *more,
    ]  # fmt: skip


def start(words: list[str], log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """The command in a session of its own, so that a signal to it reaches nobody else; with these variables besides."""
    with log.open("ab") as stream:
        return subprocess.Popen(
            words, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, **environment},
        )  # fmt: skip


def descendants(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


def kind_of(process: psutil.Process, coordinator: int) -> str | None:
    """Which part of the grader a process is; None for one of Python's own helpers."""
    with contextlib.suppress(psutil.Error):
        parents = process.parents()
        if "bwrap" in process.name() or "bwrap" in parents[0].name():  # of a worker, or of the coordinator's first try
            return ZYGOTE
        if parents[0].pid == coordinator:
            return WORKER if "spawn_main" in " ".join(process.cmdline()) else None
        return CHILD
    return None


def parts(pid: int) -> dict[str, list[psutil.Process]]:
    """What runs now, by kind."""
    found: dict[str, list[psutil.Process]] = {kind: [] for kind in TARGETS}
    for process in descendants(pid):
        kind = kind_of(process, pid)
        if kind is not None:
            found[kind].append(process)
    return found


def kill(pid: int, target: str, rng: np.random.Generator) -> bool:
    """SIGKILL one process of this kind; whether there was one."""
    if target == COORDINATOR:
        os.kill(pid, signal.SIGKILL)
        return True
    there = parts(pid)[target]
    if not there:
        return False
    try:
        there[int(rng.integers(len(there)))].kill()
    except psutil.NoSuchProcess:
        return False
    return True


def wait_until_gone(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those of them that still run after a while."""
    _, alive = psutil.wait_procs(processes, timeout=GONE)
    return [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@dataclass
class Report:
    """What was done to a class: kills by kind, commands that were started, what was left running."""

    kills: Counter[str] = field(default_factory=Counter)
    commands: int = 0
    left: list[str] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)


def grade_under_fire(
    words: list[str], log: Path, rng: np.random.Generator, *, kills: int, pause: tuple[float, float] = (0.05, 1.5),
    targets: tuple[str, ...] = TARGETS, done: float = 300.0,
) -> Report:  # fmt: skip
    """Run the command again and again, killing something now and then, until it ends by itself.

    At most `kills` times; the command is then left alone. What is killed next is drawn before it is there, so that
    each kind has its share however fast the machine is.
    """
    report, target = Report(), str(rng.choice(targets))
    deadline = time.monotonic() + done
    while True:
        assert time.monotonic() < deadline, f"not done after {done} s: {log.read_text()[-2000:]}"
        process = start(words, log)
        before = report.kills[ZYGOTE]
        report.commands += 1
        everything: dict[int, psutil.Process] = {}
        for moment in _moments(rng, pause):
            try:
                process.wait(timeout=moment)
                break
            except subprocess.TimeoutExpired:
                everything.update({one.pid: one for one in descendants(process.pid)})
            if report.kills.total() < kills and kill(process.pid, target, rng):
                report.kills[target] += 1
                target = str(rng.choice(targets))
            assert time.monotonic() < deadline, f"not done after {done} s: {log.read_text()[-2000:]}"
        report.codes[process.returncode] += 1
        report.left += [repr(one) for one in wait_until_gone(list(everything.values()))]
        if process.returncode in (0, 1) and not _unfinished(log):
            return report
        shot = report.kills[ZYGOTE] - before >= FIRST_STARTS and log.read_text().splitlines()[-1:] == [AT_THE_START]
        assert shot or process.returncode in (-signal.SIGKILL, 0, 1), f"{process.returncode}: {log.read_text()[-2000:]}"


def _unfinished(log: Path) -> bool:
    """Whether the last command says that something has to be tried again."""
    return "tries it again" in log.read_text().rsplit("Gradebook:", 1)[-1]


def _moments(rng: np.random.Generator, pause: tuple[float, float]) -> Iterator[float]:
    while True:
        yield float(rng.uniform(*pause))
