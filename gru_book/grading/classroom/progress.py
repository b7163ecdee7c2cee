"""How far a class is, while it is graded: a bar on a terminal, else a line every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from gru_book.grading.classroom.coordinator import Tally
from gru_book.grading.classroom.job import INFRASTRUCTURE, REFUSED

EVERY = 5.0
"""Seconds from line to line."""

Watch = Callable[[Tally], None]


@contextmanager
def watching(stream: TextIO) -> Iterator[Watch]:
    """What a Coordinator calls to have its progress shown on `stream`."""
    if stream.isatty():
        with _bar(stream) as watch:
            yield watch
    else:
        yield _Lines(stream)


def words(tally: Tally) -> str:
    """Rate and failures by kind; "" where there is nothing to tell."""
    parts = [f"{tally.rate:.1f}/s"] if tally.done else []
    failed = {"refused": tally.refused + tally.by_status[REFUSED], "infrastructure": tally.by_status[INFRASTRUCTURE]}
    return ", ".join(parts + [f"{count} {kind}" for kind, count in failed.items() if count])


def duration(seconds: float) -> str:
    """As people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class _Lines:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = time.monotonic()

    def __call__(self, tally: Tally) -> None:
        if time.monotonic() - self._last < EVERY:
            return
        self._last = time.monotonic()
        left = f", {duration(tally.left)} left" if tally.left is not None else ""
        print(f"{tally.before + tally.done} of {tally.total}: {words(tally)}{left}", file=self._stream, flush=True)


@contextmanager
def _bar(stream: TextIO) -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[words]}"),
        TextColumn("{task.fields[left]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        task = progress.add_task("grading", total=None, words="", left="")

        def watch(tally: Tally) -> None:
            left = "" if tally.left is None else f"{duration(tally.left)} left"
            progress.update(
                task, total=tally.total, completed=tally.before + tally.done, words=words(tally), left=left
            )  # fmt: skip

        yield watch


@contextmanager
def reading(stream: TextIO) -> Iterator[Callable[[], None]]:
    """Counts files while they are read, on a terminal; called once for each."""
    if not stream.isatty():
        yield lambda: None
        return
    from tqdm import tqdm

    with tqdm(desc="reading", unit=" files", file=stream, leave=False) as bar:
        yield lambda: bar.update() and None
