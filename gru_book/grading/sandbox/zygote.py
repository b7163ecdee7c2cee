"""The grader's side of the warm process: starting it, asking it for children, hearing how they ended."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gru_book.errors import GRUBookError
from gru_book.grading.sandbox import jail, seccomp
from gru_book.grading.sandbox.errors import InfrastructureError, SandboxUnavailable
from gru_book.grading.sandbox.limits import Limits

STARTUP = 180.0
"""Seconds in which the warm process must have imported its modules, on a busy machine too."""
ANSWER = 30.0
"""Seconds in which it must have made a child, or said how one ended."""
DYING = 10.0
"""Seconds in which a killed process must be gone."""
EAGER_TO_DIE = 500
"""Added to the kernel's badness of the jail when memory runs out, so that it goes before the grader."""
MAX_MESSAGE = 1 << 16
KEPT_COMPLAINT = 2000
ENDED = "the warm process ended without a word"
AGAIN = "run the same command again; gru-book doctor --sandbox looks closer"
"""Somebody killed it while it started, or memory ran out."""


@dataclass(frozen=True)
class End:
    """How a child ended: its wait status, the seconds that it computed and the memory that it held at most."""

    status: int
    cpu: float
    memory: int


class Zygote:
    """One warm process in a jail of bubblewrap.

    Attributes:
        pid: its process id as this process sees it.

    Raises:
        SandboxUnavailable: something is missing here, or the system refuses.
    """

    def __init__(self, modules: tuple[str, ...], limits: Limits, without: frozenset[str] = frozenset()) -> None:
        self._limits = limits
        self._lock = threading.RLock()
        self._ends: dict[int, End] = {}
        self._forgotten: set[int] = set()
        self._jobs = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._trouble: Exception | None = None
        self._complaint = b""
        setup = {
            "modules": list(modules),
            "packages": jail.SITE,
            "devices": jail.DEVICES,
            "without": sorted(without),
            "filter": base64.b64encode(seccomp.program()).decode(),
        }
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        info_read, info_write = os.pipe()
        command = [*jail.command(modules, jail.find_bubblewrap(), info_write, share_network="network" in without),
                   str(theirs.fileno())]  # fmt: skip
        started = threading.Event()
        # It gets both ends of the pipe: without a reader it would end on its report, and its second process would wait.
        fds = (theirs.fileno(), info_read, info_write)
        self._keeper = threading.Thread(target=self._keep, args=(command, fds, started), name="jail", daemon=True)
        self._keeper.start()
        started.wait()
        theirs.close()
        os.close(info_write)
        try:
            with os.fdopen(info_read, "rb") as info:
                self.pid = _child_pid(info.fileno())
            with contextlib.suppress(PermissionError):
                Path(f"/proc/{self.pid}/oom_score_adj").write_text(str(EAGER_TO_DIE))
            self._control.send(json.dumps(setup).encode())
            self._hear("ready", STARTUP)
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[0])
        except (GRUBookError, ValueError, OSError):
            self._end_group()
            self.close()
            raise self._unavailable(modules) from None
        self._size = pages * os.sysconf("SC_PAGE_SIZE")

    def _keep(self, command: list[str], fds: Iterable[int], started: threading.Event) -> None:
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                pass_fds=tuple(fds), start_new_session=True, env={},
            )  # fmt: skip
        except OSError as error:
            self._trouble = error
            return
        finally:
            started.set()
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            while words := stream.read1(4096):  # type: ignore[attr-defined]
                self._complaint = (self._complaint + words)[-KEPT_COMPLAINT:]
        self._process.wait()

    def _unavailable(self, modules: tuple[str, ...]) -> SandboxUnavailable:
        """Why it did not start, from what bubblewrap or Python complained of."""
        lines = self._complaint.decode("utf-8", "replace").strip().splitlines()
        if not lines and self._trouble is None:
            return SandboxUnavailable(ENDED, AGAIN, passing=True)
        why = lines[-1] if lines else str(self._trouble)
        if any(word in why.lower() for word in ("namespace", "uid map", "permission", "not permitted")):
            return SandboxUnavailable(why, jail.allow_namespaces())
        if "No module named" in why or "ImportError" in why:
            return SandboxUnavailable(why, f"pip install {' '.join(modules)}")
        return SandboxUnavailable(why, "gru-book doctor --sandbox says what is missing")

    # --- Children ----------------------------------------------------------------------------------------

    def bear(self, read_fd: int, write_fd: int) -> tuple[int, int]:
        """A child that reads and writes these pipes: its number and a descriptor of its process.

        Raises InfrastructureError if the warm process is gone or could not jail it.
        """
        limits = self._limits
        with self._lock:
            self._jobs += 1
            job = {
                "job": self._jobs,
                "address_space": self._size + limits.memory,
                "cpu": limits.cpu_seconds,
                "file_size": limits.file_size,
                "open_files": limits.open_files,
                "tmp": limits.tmp,
                "shm": limits.shm,
            }
            try:
                socket.send_fds(self._control, [json.dumps(job).encode()], [read_fd, write_fd])
            except OSError as error:
                raise InfrastructureError(f"the warm process is gone: {error}") from None
            fds = self._hear("started", ANSWER, self._jobs)
            return self._jobs, fds[0]

    def end_of(self, job: int) -> End:
        """How a child ended that did. Raises InfrastructureError if the warm process cannot say."""
        with self._lock:
            if job not in self._ends:
                self._hear("ended", ANSWER, job)
            return self._ends[job]

    def forget(self, job: int) -> None:
        """How this child ends will not be asked for."""
        with self._lock:
            if self._ends.pop(job, None) is None:
                self._forgotten.add(job)

    def _note(self, message: dict[str, Any]) -> None:
        if message["job"] in self._forgotten:
            self._forgotten.remove(message["job"])
        else:
            self._ends[message["job"]] = End(message["status"], message["cpu"], message["memory"])

    def _hear(self, kind: str, timeout: float, job: int | None = None) -> list[int]:
        """Wait for a message of this kind about this job; note the others. The descriptors that came with it."""
        deadline = time.monotonic() + timeout
        while True:
            message, fds = self._message(deadline)
            if message["kind"] == "ended":
                self._note(message)
            if message["kind"] == "failed" and message["job"] == job:
                raise InfrastructureError(f"no jail for a submission: {message['why']}")
            if message["kind"] == kind and (job is None or message["job"] == job):
                return fds

    def _message(self, deadline: float) -> tuple[dict[str, Any], list[int]]:
        if self._control.fileno() < 0:
            raise InfrastructureError("the warm process was closed")
        if not _readable(self._control.fileno(), deadline):
            raise InfrastructureError("the warm process does not answer")
        try:
            data, fds, _, _ = socket.recv_fds(self._control, MAX_MESSAGE, 1)
        except OSError as error:
            raise InfrastructureError(f"the warm process is gone: {error}") from None
        if not data:
            raise InfrastructureError("the warm process is gone")
        return json.loads(data), fds

    def _end_group(self) -> None:
        """End what bubblewrap left when it was killed while it started: its second process, in its process group."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """End it and every child, and wait until they are gone; whoever waits for it gets an InfrastructureError."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
        self._keeper.join(DYING)
        with self._lock:
            self._control.close()


def _readable(fd: int, deadline: float) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))


def _child_pid(fd: int) -> int:
    """The process id that bubblewrap reports; it does not close the pipe."""
    data = b""
    deadline = time.monotonic() + STARTUP
    while _readable(fd, deadline):
        part = os.read(fd, 4096)
        data += part
        with contextlib.suppress(ValueError):
            return int(json.loads(data)["child-pid"])
        if not part:
            break
    raise InfrastructureError("bubblewrap did not start")
