"""Ways to run a student's function away from the grader: forked, in a fresh interpreter, or, at worst, here."""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gru_book.grading import wire, worker
from gru_book.grading.errors import CheckError
from gru_book.grading.outcome import MALFORMED, Outcome, StudentError, error_from, from_message

GRACE = 0.5
"""Seconds past a call's own time limit after which its process is killed."""

STARTUP = 30.0
"""Seconds that a fresh interpreter may take to import NumPy on a busy machine."""


class Runner(Protocol):
    """Calls the answers of one student.

    Attributes:
        isolation: what a result says of how the code was run.
    """

    isolation: str

    def call(self, question: str, args: dict[str, Any], limit: float) -> Outcome:
        """Call the answer to `question` with these arguments, in order, within `limit` seconds."""
        ...

    def value(self, question: str) -> Outcome:
        """The answer to a question that asks for a value."""
        ...

    def close(self) -> None:
        """End whatever still runs."""
        ...


class Link(Protocol):
    """Frames to and from a worker process."""

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; a worker that is gone is noticed by the next `reply`."""
        ...

    def reply(self, timeout: float) -> dict[str, Any] | None:
        """The next message; None if the worker ended. Raises TimeoutError after `timeout` seconds."""
        ...

    def close(self) -> None:
        """Kill the worker and let go of it."""
        ...


class Pipe:
    """A Link over two pipes; a thread takes what arrives."""

    def __init__(self, read_fd: int, write_fd: int, kill: Callable[[], None]) -> None:
        self._write_fd = write_fd
        self._kill = kill
        self._replies: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read_all, args=(read_fd,), daemon=True)
        self._thread.start()

    def _read_all(self, read_fd: int) -> None:
        with os.fdopen(read_fd, "rb", buffering=0) as stream:
            while True:
                try:
                    self._replies.put(wire.receive(lambda size: stream.read(size) or b""))
                except (wire.WireError, OSError):
                    self._replies.put(None)
                    return

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; a worker that is gone is noticed by the next `reply`."""
        data = memoryview(wire.encode(message))
        try:
            while data:
                data = data[os.write(self._write_fd, data) :]
        except OSError:
            self._kill()

    def reply(self, timeout: float) -> dict[str, Any] | None:
        """The next message; None if the worker ended. Raises TimeoutError after `timeout` seconds."""
        try:
            return self._replies.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError from None

    def close(self) -> None:
        """Kill the worker and let go of the pipe."""
        self._kill()
        os.close(self._write_fd)
        self._thread.join(timeout=5)


class ForkRunner:
    """Runs functions of this process in a forked child: a crash, a hang or a changed global stays there."""

    isolation = "forked child"

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = dict(answers)
        self._pipe: Pipe | None = None

    def call(self, question: str, args: dict[str, Any], limit: float) -> Outcome:
        if self._pipe is None:
            self._pipe = _fork(self._answers)
        outcome, alive = _call(self._pipe, question, args, limit)
        if not alive:
            self.close()
        return outcome

    def value(self, question: str) -> Outcome:
        return from_message(worker.take_value(self._answers[question]))

    def close(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


def _fork(answers: dict[str, Any]) -> Pipe:
    child_read, parent_write = os.pipe()
    parent_read, child_write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a kernel has threads; the child uses none of them
        pid = os.fork()
    if pid == 0:
        _child(child_read, child_write, (parent_read, parent_write), answers)
    os.close(child_read)
    os.close(child_write)
    return Pipe(parent_read, parent_write, _killer(pid))


def _child(read_fd: int, write_fd: int, others: tuple[int, ...], answers: dict[str, Any]) -> None:
    """The forked child: never returns, and never runs the parent's exit handlers."""
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if "torch" in sys.modules:
            # The threads of the parent are not in the child, which would wait for them for ever.
            sys.modules["torch"].set_num_threads(1)
        for fd in others:
            os.close(fd)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        worker.serve(read_fd, write_fd, dict(answers))
    finally:
        os._exit(0)


def _killer(pid: int) -> Callable[[], None]:
    reaped = False

    def kill() -> None:
        nonlocal reaped
        if reaped:
            return
        reaped = True
        for send in (os.killpg, os.kill):  # the group first: the child may not have made its own yet
            try:
                send(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        os.waitpid(pid, 0)

    return kill


def _call(pipe: Link, question: str, args: dict[str, Any], limit: float) -> tuple[Outcome, bool]:
    """The outcome, and whether the worker is still fit for another call."""
    pipe.send({"op": "call", "question": question, "args": args, "limit": limit})
    try:
        message = pipe.reply(limit + GRACE)
    except TimeoutError:
        return Outcome("timeout", seconds=limit), False
    if message is None:
        return Outcome("died", got="the process that ran it ended (a crash, os._exit, or too much memory)"), False
    return from_message(message), True


@dataclass(frozen=True)
class CellReport:
    """How one cell of a notebook ran; `defines`: it left the function that it was to define."""

    error: StudentError | None = None
    timeout: bool = False
    defines: bool = False


def _announced(message: dict[str, Any]) -> int:
    """The index of the cell that a message says is being run; -1 if it says something else."""
    kind, index = message.get("kind"), message.get("index")
    return index if type(kind) is str and kind == "running" and type(index) is int else -1


def _cell_reports(message: dict[str, Any], indices: list[int]) -> dict[int, CellReport] | None:
    """The worker's reports, or None if they are malformed: the worker is not trusted."""
    try:
        reports = {
            int(report["index"]): CellReport(
                error=None if report["error"] is None else error_from(report["error"]),
                timeout=bool(report["timeout"]),
                defines=bool(report.get("defines", False)),
            )
            for report in message["cells"]
        }
    except MALFORMED:
        return None
    return reports if sorted(reports) == sorted(indices) else None


class CellRunner:
    """Runs a notebook's code cells in a worker process that `_start` makes, and calls the answers that they define.

    Attributes:
        isolation: how far the worker is kept away from everything else.
        cells: after `load`, a CellReport per executed cell, by index.
        cell_limit: seconds that one cell may take.
        setup_limit: seconds that a set-up cell may take, whose imports can be as large as PyTorch.
    """

    isolation: str
    cell_limit = 10.0
    setup_limit = 60.0

    def __init__(self, cells: list[dict[str, Any]], modules: tuple[str, ...]) -> None:
        self._sources = cells
        self._modules = modules
        self._skipped: set[int] = set()
        self._pipe: Link | None = None
        self.cells: dict[int, CellReport] = {}

    def _start(self) -> Link:
        """A new worker."""
        raise NotImplementedError

    def load(self) -> None:
        """Execute the cells; one that hangs or kills its process is skipped and the others run again."""
        while self._pipe is None:
            pipe = self._start()
            try:
                failed = self._load(pipe)
            except BaseException:
                pipe.close()
                raise
            if failed is None:
                self._pipe = pipe
                return
            pipe.close()
            if failed < 0:
                raise CheckError("worker", "the process that runs the answers could not start", sys.executable)
            self._skipped.add(failed)

    def _load(self, pipe: Link) -> int | None:
        """None when all cells ran, else the index of the cell that ended or hung the process, -1 before the first."""
        cells = [cell for cell in self._sources if cell["index"] not in self._skipped]
        limits = {"limit": self.cell_limit, "setup_limit": self.setup_limit}
        pipe.send({"op": "load", "cells": cells, "modules": list(self._modules), **limits})
        indices = [cell["index"] for cell in cells]
        setups = {cell["index"] for cell in cells if cell["setup"]}
        waiting = indices
        running = -1
        while True:
            try:
                limit = self.setup_limit if running in setups else self.cell_limit
                message = pipe.reply(limit + (GRACE if running >= 0 else STARTUP))
            except TimeoutError:
                self.cells[running] = CellReport(timeout=True)
                return running
            announced = -1 if message is None else _announced(message)
            if announced in waiting:
                running = announced
                waiting = waiting[waiting.index(running) + 1 :]  # each is announced once, in order
                continue
            reports = None if message is None else _cell_reports(message, indices)
            if reports is None:
                ended = StudentError("SystemExit", "the cell ended the process that ran it")
                self.cells[running] = CellReport(error=ended)
                return running
            self.cells.update(reports)
            return None

    def call(self, question: str, args: dict[str, Any], limit: float) -> Outcome:
        self.load()
        assert self._pipe is not None
        outcome, alive = _call(self._pipe, question, args, limit)
        if not alive:
            self.close()
        return outcome

    def value(self, question: str) -> Outcome:
        self.load()
        assert self._pipe is not None
        self._pipe.send({"op": "value", "question": question})
        try:
            message = self._pipe.reply(self.cell_limit)
        except TimeoutError:
            message = None
        if message is None:
            self.close()
            return Outcome("died", got="its process ended")
        return from_message(message)

    def close(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


class NotebookRunner(CellRunner):
    """Runs the cells in a fresh, isolated interpreter that holds no expected value."""

    isolation = "separate process"

    def _start(self) -> Link:
        return _interpreter()


def _interpreter() -> Pipe:
    process = subprocess.Popen(
        [sys.executable, "-I", str(Path(worker.__file__))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "MPLBACKEND": "agg"},  # a figure is data here, and no window opens
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def kill() -> None:
        if hasattr(os, "killpg"):
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                process.kill()
        else:
            process.kill()
        process.wait()

    read_fd, write_fd = os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno())
    process.stdout.close()
    process.stdin.close()
    return Pipe(read_fd, write_fd, kill)


class InProcessRunner:
    """Where no fork is to be had: the function runs in a thread of this process with a soft time limit.

    A function that swallows every exception or hangs inside compiled code is left behind running.
    """

    isolation = "in-process"

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = dict(answers)

    def call(self, question: str, args: dict[str, Any], limit: float) -> Outcome:
        copies = wire.receive(_reader(wire.encode({"args": args})), sources=True)["args"]
        box: list[dict[str, Any]] = []
        thread = threading.Thread(
            target=lambda: box.append(worker.call(self._answers[question], copies, limit, timer=False)), daemon=True
        )
        thread.start()
        thread.join(limit)
        if thread.is_alive():
            expired = ctypes.py_object(worker.TimeLimit)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), expired)
            thread.join(GRACE)
            return Outcome("timeout", seconds=limit)
        if not box:
            return Outcome("died", got="its thread ended without a result")
        try:
            return from_message(wire.receive(_reader(wire.encode(box[0]))))
        except wire.WireError as error:
            rest = {key: box[0][key] for key in ("seconds", "printed", "changed")}
            return from_message({"kind": "type", "got": str(error), **rest})

    def value(self, question: str) -> Outcome:
        return from_message(worker.take_value(self._answers[question]))

    def close(self) -> None:
        """Nothing to end."""


def _reader(data: bytes) -> Callable[[int], bytes]:
    view, position = memoryview(data), 0

    def read(size: int) -> bytes:
        nonlocal position
        part = bytes(view[position : position + size])
        position += len(part)
        return part

    return read


def runner_for(answers: Mapping[str, Any]) -> Runner:
    """The safest runner for functions of this process that this platform has."""
    return ForkRunner(answers) if sys.platform == "linux" else InProcessRunner(answers)
