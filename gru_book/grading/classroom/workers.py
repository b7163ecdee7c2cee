"""Where jobs run: processes of this machine, or Dask's on many. Both are `concurrent.futures` executors."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from typing import Any, Protocol

from gru_book.grading.classroom.job import Graded, Job, grade_one
from gru_book.grading.errors import CheckError

DASK_TIMEOUT = 20.0
"""Seconds in which a scheduler must answer."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""A grader computes small things: the cores are for several graders."""


class Workers(Protocol):
    """Takes jobs.

    Attributes:
        window: how many jobs are worth handing out at once.
    """

    window: int

    def submit(self, job: Job) -> Future[Graded]:
        """Hand a job out."""
        ...

    def lost(self, error: BaseException) -> bool:
        """Whether this exception of a future says that its worker ended, rather than something about the job."""
        ...

    def mend(self) -> None:
        """Have workers again after some were lost. Raises CheckError: there are none to be had any more."""
        ...

    def close(self, *, now: bool = False) -> None:
        """End the workers, once they are done, or at once."""
        ...


class LocalWorkers:
    """Processes of this machine. They end with this process, however it ends."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.window = jobs + max(1, jobs // 2)  # a worker that is done finds its next job waiting
        self._before = set(multiprocessing.active_children())
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # Spawned: a fork would copy this process's threads' locks, and its end of every pipe.
        return ProcessPoolExecutor(self.jobs, multiprocessing.get_context("spawn"), _begin)

    def submit(self, job: Job) -> Future[Graded]:
        with _environment(ONE_THREAD):
            return self._pool.submit(grade_one, job)

    def lost(self, error: BaseException) -> bool:
        return isinstance(error, BrokenExecutor)

    def mend(self) -> None:
        self._end(now=True)
        self._pool = self._start()

    def close(self, *, now: bool = False) -> None:
        self._end(now=now)

    def _end(self, *, now: bool) -> None:
        if now:
            for child in set(multiprocessing.active_children()) - self._before:
                child.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """In a worker, first of all: Ctrl-C is the coordinator's affair, and without a coordinator there is no work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # the jail ends with the process that started it


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """These variables for processes that are started meanwhile; what is set already stays."""
    added = [name for name in values if name not in os.environ]
    os.environ.update({name: values[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


class DaskWorkers:
    """The workers of a Dask scheduler. It hands a lost worker's job to another by itself, a bounded number of times."""

    _client: Any

    def __init__(self, address: str) -> None:
        """Connect. Raises CheckError: Dask is not installed, nobody answers, or the scheduler has no workers."""
        self._address = address
        try:
            import distributed
        except ModuleNotFoundError as error:
            message = f"needs the package {error.name}: pip install 'gru-book[grade]'"
            raise CheckError("dask", message, address) from None
        _hush()
        client: Any = distributed.Client  # it has no types
        try:
            self._client = client(address, timeout=DASK_TIMEOUT, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            words = " ".join(str(error).split())
            raise CheckError("dask", f"no Dask scheduler answers there: {words}", address) from None
        threads = self._client.nthreads()
        if not threads:
            self._client.close()
            raise CheckError("dask", "the scheduler has no workers; start some: dask worker " + address, address)
        self.window = 2 * sum(threads.values())
        self._executor: Executor = self._client.get_executor(pure=False)

    def submit(self, job: Job) -> Future[Graded]:
        found: Future[Graded] = self._executor.submit(grade_one, job)
        return found

    def lost(self, error: BaseException) -> bool:
        from concurrent.futures import CancelledError

        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError

        return isinstance(error, (KilledWorker, FutureCancelledError, CommClosedError, CancelledError, TimeoutError))

    def mend(self) -> None:
        if self._client.status != "running":
            message = "the Dask scheduler went away; start it, and run the same command once more"
            raise CheckError("dask", message, self._address)
        self.window = 2 * max(1, sum(self._client.nthreads().values()))

    def close(self, *, now: bool = False) -> None:
        with contextlib.suppress(Exception):  # the scheduler may be gone, and the grades are recorded
            self._executor.shutdown(wait=not now)
        self._client.close()


def _hush() -> None:
    """Dask logs each lost connection with a traceback; what matters of it is told in one line."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
