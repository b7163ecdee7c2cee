"""The threads that share a layer's work. Kernels release Python's lock, so plain threads run at the same time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

_pool: ThreadPoolExecutor | None = None
_pool_size = 0


def default_threads() -> int:
    """How many threads to use: OMP_NUM_THREADS if it is a number, else the processors that this process may use."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_shares(work: Callable[..., None], shares: Sequence[tuple[int, ...]]) -> None:
    """Call work(*share) for all shares at the same time, the first in this thread; return when all are done."""
    others = [_threads(len(shares) - 1).submit(work, *share) for share in shares[1:]]
    work(*shares[0])
    for other in others:
        other.result()


def _threads(needed: int) -> ThreadPoolExecutor:
    """A pool with at least so many threads: shares that wait for each other must all be running."""
    global _pool, _pool_size
    if _pool is None or _pool_size < needed:
        _pool, _pool_size = ThreadPoolExecutor(needed, thread_name_prefix="gru-book"), needed
    return _pool


def _forget() -> None:
    """In a forked child the parent's threads are gone."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
