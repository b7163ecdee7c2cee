"""Durations by the device's own marks, and what training holds in memory."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from gru_book.bench.cuda.device import Device

Runs = Sequence[Callable[[], Any]]
"""The same work on several sets of inputs, taken in turn, so that a cache does not simply hold the last."""

MOST_RUNS = 200
SLOW = 0.1
"""Seconds from which a single run of a turn will do."""


class Timer(Protocol):
    """Times `count` runs, in turn over the sets; seconds of each, or one mean."""

    def __call__(self, device: Device, runs: Runs, count: int) -> list[float]: ...


def by_events(device: Device, runs: Runs, count: int) -> list[float]:
    """The device notes the time before the first run and after each."""
    device.settle()
    marks = [device.event()]
    for k in range(count):
        runs[k % len(runs)]()
        marks.append(device.event())
    device.settle()
    return [device.between(start, end) for start, end in itertools.pairwise(marks)]


def by_the_host(wait: Callable[[Any], Any]) -> Timer:
    """For libraries whose stream torch does not see: the mean of `count` runs and one wait, by the host's clock."""

    def timer(device: Device, runs: Runs, count: int) -> list[float]:
        device.settle()
        start = time.perf_counter()
        for k in range(count):
            results = runs[k % len(runs)]()
        wait(results)
        return [(time.perf_counter() - start) / count]

    return timer


def durations(device: Device, runs: Runs, seconds: float, timer: Timer = by_events) -> list[float]:
    """As many runs as fit in `seconds`, at least one, after one that only shows how long they take."""
    first = timer(device, runs, 1)[0]
    if first > max(SLOW, seconds):
        return [first]
    count = math.floor(seconds / max(first, 1e-7))
    return timer(device, runs, min(max(count, len(runs)), MOST_RUNS))


def first_call(device: Device, run: Callable[[], Any], wait: Callable[[Any], Any] | None = None) -> float:
    """Seconds of a call by the host's clock: the first one compiles, builds and loads."""
    start = time.perf_counter()
    results = run()
    if wait is not None:
        wait(results)
    device.settle()
    return time.perf_counter() - start


def training_memory(device: Device, forward: Callable[[], Any], train: Callable[[], Any]) -> dict[str, int]:
    """What the forward leaves for the backward beside x (its output included), and the highest level of a whole run.

    Both above what stood before: parameters and inputs.
    """
    device.settle()
    before = device.allocated()
    held = forward()
    device.settle()
    saved = device.allocated() - before
    del held
    device.watch_peak()
    before = device.allocated()
    train()
    device.settle()
    return {"saved_bytes": saved, "peak_bytes": device.peak() - before}
