"""The threads that share a layer's work. Kernels release Python's lock, so plain threads run at the same time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np

from gru_book.compiled.meeting import meet
from gru_book.params import Array

_pool: ThreadPoolExecutor | None = None
_pool_size = 0
_turn = Lock()
"""Callers with several threads take turns: if two had half of the pool each, both would wait for ever."""


Work = tuple[Callable[..., None], Sequence[tuple[int, ...]]]
"""What is done, and the shares that it is cut into, one for each thread."""
Phase = Sequence[Work]
"""Works that do not wait for each other."""


def run_phases(phases: Sequence[Phase]) -> None:
    """Do one phase after the other, each work's shares at the same time; a phase sees all that the one before wrote.

    The other threads are woken once, at the start; between phases all meet.
    """
    threads = max((len(shares) for phase in phases for _, shares in phase), default=0)
    counter = np.zeros(1, np.int64)
    if threads <= 1:
        _run(phases, 0, threads, counter)
        return
    with _turn:
        others = [_threads(threads - 1).submit(_run, phases, place, threads, counter) for place in range(1, threads)]
        _run(phases, 0, threads, counter)
        for other in others:
            other.result()


def _run(phases: Sequence[Phase], place: int, threads: int, counter: Array) -> None:
    """One thread's way through all phases."""
    try:
        for number, phase in enumerate(phases, start=1):
            for work, shares in phase:
                if place < len(shares):
                    work(*shares[place])
            if threads > 1 and number < len(phases):
                meet(counter.ctypes.data, threads, number)
    except BaseException:
        counter[0] += threads * len(phases)  # nobody waits for this thread
        raise


def run_shares(work: Callable[..., None], shares: Sequence[tuple[int, ...]]) -> None:
    """A single phase."""
    run_phases([[(work, shares)]])


def _threads(needed: int) -> ThreadPoolExecutor:
    """A pool with at least so many threads: shares that wait for each other must all be running."""
    global _pool, _pool_size
    if _pool is None or _pool_size < needed:
        _pool, _pool_size = ThreadPoolExecutor(needed, thread_name_prefix="gru-book"), needed
    return _pool


def _forget() -> None:
    """In a forked child the parent's threads are gone, and nobody will open what one of them had locked."""
    global _pool, _turn
    _pool, _turn = None, Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
