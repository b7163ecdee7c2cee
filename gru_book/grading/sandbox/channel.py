"""Frames to and from a jailed child: bounded in time, bytes and memory, and clear about whose fault an end is."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from typing import TYPE_CHECKING, Any

from gru_book.grading import wire
from gru_book.grading.sandbox.budget import Budget, OutOfTimeError
from gru_book.grading.sandbox.errors import InfrastructureError
from gru_book.grading.sandbox.zygote import DYING

if TYPE_CHECKING:
    from gru_book.grading.sandbox.limits import Limits
    from gru_book.grading.sandbox.zygote import Zygote

SENDING = 10.0
"""Seconds in which a child must have taken a message; one that does not read is given up."""
ENDING = 1.0
"""Seconds between the end of a child's pipe and its own end; later, it closed its pipe itself."""
CPU_SHARE = 0.8
"""Of the seconds that a child may compute: one that has used more was killed for it. The kernel takes the limit's time
by its ticks and reports the exact one, which on a busy machine is less."""
CHUNK = 1 << 16
"""Bytes that are read ahead at most: as much as the pipe holds."""


class Channel:
    """A Link to one jailed child, read by whoever asks for a reply: what nobody asks for stays in the pipe."""

    def __init__(self, zygote: Zygote, limits: Limits, budget: Budget) -> None:
        self._zygote = zygote
        self._limits = limits
        self._budget = budget
        theirs_read, self._write_fd = os.pipe()
        self._read_fd, theirs_write = os.pipe()
        self._open = True
        try:
            self._job, self._pidfd = zygote.bear(theirs_read, theirs_write)
        except BaseException:
            os.close(self._write_fd)
            os.close(self._read_fd)
            raise
        finally:
            os.close(theirs_read)
            os.close(theirs_write)
        self._buffer = b""
        self._stuck = False
        for fd in (self._write_fd, self._read_fd):
            os.set_blocking(fd, False)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; a child that is gone, or does not read, is noticed by the next `reply`."""
        data = memoryview(wire.encode(message))
        start = time.monotonic()
        deadline = start + min(SENDING, self._budget.left)
        try:
            while data:
                try:
                    data = data[os.write(self._write_fd, data) :]
                except BlockingIOError:
                    if not _ready(self._write_fd, select.POLLOUT, deadline):
                        self._stuck = True
                        return
        except OSError:
            return
        finally:
            self._budget.left -= time.monotonic() - start

    def reply(self, timeout: float) -> dict[str, Any] | None:
        """The next message; None if the child ended or sent something else.

        Raises:
            TimeoutError: no whole message within `timeout` seconds, or the child did not read the last one.
            OutOfTimeError: the submission has no time left.
            InfrastructureError: the child was ended from outside.
        """
        if self._stuck:
            raise TimeoutError
        start = time.monotonic()
        short = self._budget.left < timeout
        deadline = start + min(timeout, self._budget.left)
        try:
            return wire.receive(lambda size: self._read(size, deadline), max_body=self._limits.result)
        except TimeoutError:
            if short:
                raise OutOfTimeError from None
            raise
        except wire.ClosedError:
            self._blame()
            return None
        except (wire.WireError, MemoryError):
            return None
        finally:
            self._budget.left -= time.monotonic() - start

    def _read(self, size: int, deadline: float) -> bytes:
        """Up to `size` bytes; b"" if the pipe is closed. Raises TimeoutError at the deadline."""
        while not self._buffer:
            if time.monotonic() >= deadline:
                raise TimeoutError
            try:
                self._buffer = os.read(self._read_fd, max(size, CHUNK))
            except BlockingIOError:
                if not _ready(self._read_fd, select.POLLIN, deadline):
                    raise TimeoutError from None
                continue
            if not self._buffer:
                return b""
        part, self._buffer = self._buffer[:size], self._buffer[size:]
        return part

    def _blame(self) -> None:
        """Raise InfrastructureError unless the child ended by its own doing."""
        if not _ready(self._pidfd, select.POLLIN, time.monotonic() + ENDING):
            return
        end = self._zygote.end_of(self._job)
        killed = os.WIFSIGNALED(end.status) and os.WTERMSIG(end.status) == signal.SIGKILL
        # It cannot kill itself; the kernel kills it for computing too long, or, when memory runs out, the largest.
        own = end.cpu > CPU_SHARE * self._limits.cpu_seconds or end.memory > self._limits.memory / 2
        if killed and not own:
            raise InfrastructureError("the process of a submission was killed from outside")

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Kill the child, and wait until it and its namespaces are gone; what it wrote since is never read."""
        if not self._open:
            return
        self._open = False
        self._kill()
        gone = _ready(self._pidfd, select.POLLIN, time.monotonic() + DYING)
        self._zygote.forget(self._job)
        for fd in (self._read_fd, self._write_fd, self._pidfd):
            os.close(fd)
        if not gone:
            raise InfrastructureError("the process of a submission does not end")


def _ready(fd: int, event: int, deadline: float) -> bool:
    """Whether a descriptor is ready before the deadline."""
    poll = select.poll()
    poll.register(fd, event)
    left = deadline - time.monotonic()
    return left > 0 and bool(poll.poll(left * 1000))
