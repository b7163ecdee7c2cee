"""Leases: one grader a run at a time, and an old grader cannot write once another took over.

A lease runs out unless it is renewed, so that a grader that died holds nobody up for long; on the same machine its
successor sees that it died and need not wait. The token is a fence: it grows with each grant, and a transaction that
writes looks at it first, so that what counts is who has the newest token and not whose clock is right.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from gru_book.errors import ArgumentError
from gru_book.grading.gradebook.errors import LeaseHeldError, LeaseLostError
from gru_book.grading.gradebook.runs import Run
from gru_book.grading.gradebook.tables import leases
from gru_book.grading.text import visible

SECONDS = 60.0
"""How long a lease holds without being renewed."""


@dataclass(frozen=True)
class Lease:
    """The right to write to a run.

    Attributes:
        token: grows with each grant of the run's lease.
        expires_at: seconds since 1970; after that another grader may take the run over.
        seconds: by how much a renewal prolongs it.
    """

    run_id: int
    token: int
    holder: str
    expires_at: float
    seconds: float = SECONDS


def holder_here() -> str:
    """This process's name: machine, process number, and, on Linux, what tells it from a later one of that number."""
    machine = socket.gethostname()[:100]
    return f"{machine} process {os.getpid()}{_identity(os.getpid())}"


def _identity(pid: int) -> str:
    """The boot, the space of process numbers and the start time that make a process number unique; "" elsewhere."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = os.readlink("/proc/self/ns/pid").strip("pid:[]")
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        started = state[19]
    except (OSError, IndexError):
        return ""
    if state[0] in "ZX":  # it ended, and its parent has not looked yet
        return ""
    return f" ({boot} {space} {started})"


def _is_dead(holder: str) -> bool:
    """Whether the holder surely ended: it was of this boot and space of process numbers, and is not there."""
    front, _, identity = holder.partition(" (")
    boot, space, started = [*identity.rstrip(")").split(), "", "", ""][:3]
    own = _identity(os.getpid()).strip(" ()").split()
    pid = front.rpartition(" ")[2]
    if not own or own[:2] != [boot, space] or not pid.isdigit():
        return False
    there = _identity(int(pid)).strip(" ()").split()
    return not there or there[2] != started


def grant(
    connection: Connection, run: Run, now: float, place: str, *, holder: str | None = None, seconds: float = SECONDS
) -> Lease:
    """The lease of a run that nobody holds. Raises LeaseHeldError: another grader has it."""
    if not 0.0 < seconds < 1e9:
        raise ArgumentError("seconds", "a number above 0", f"{seconds!r}")
    row = connection.execute(select(leases).where(leases.c.run_id == run.id)).one_or_none()
    if row is not None and row.expires_at > now and not _is_dead(row.holder):
        raise held(place, row.holder, row.expires_at)
    token = 1 if row is None else row.token + 1
    lease = Lease(run.id, token, (holder or holder_here())[:300], now + seconds, seconds)
    values = {"token": lease.token, "holder": lease.holder, "expires_at": lease.expires_at}
    if row is None:
        connection.execute(leases.insert().values(run_id=run.id, **values))
    else:
        connection.execute(leases.update().where(leases.c.run_id == run.id).values(values))
    return lease


def held(place: str, holder: str, expires_at: float) -> LeaseHeldError:
    """The error that says who grades."""
    who = visible(holder.partition(" (")[0])
    until = datetime.fromtimestamp(expires_at, UTC).strftime("%H:%M:%S UTC")
    mend = f"Wait for it or stop it; if it died, its lease runs out at {until}"
    return LeaseHeldError("lease_held", place, f"another grader works on this ({who})", mend)


def prolong(connection: Connection, run_id: int, lease: Lease | None, now: float, place: str) -> Lease | None:
    """Look, inside the transaction that writes, whether `lease` still holds, and prolong it.

    Without a lease: nobody else may hold one.

    Raises:
        LeaseLostError: it was given back or taken over.
        LeaseHeldError: there is no lease to show, and another grader has one.
    """
    row = connection.execute(select(leases).where(leases.c.run_id == run_id)).one_or_none()
    if lease is None:
        if row is not None and row.expires_at > now and not _is_dead(row.holder):
            raise held(place, row.holder, row.expires_at)
        return None
    if row is None or row.token != lease.token or lease.run_id != run_id:
        who = visible(row.holder.partition(" (")[0]) if row is not None and row.holder else ""
        what = f"another grader took over ({who})" if who else "the lease was given back"
        raise LeaseLostError("lease_lost", place, f"{what}; this attempt was not recorded", "Start this grader again")
    expires_at = max(row.expires_at, now + lease.seconds)
    connection.execute(leases.update().where(leases.c.run_id == run_id).values(expires_at=expires_at))
    return Lease(run_id, lease.token, lease.holder, expires_at, lease.seconds)


def give_back(connection: Connection, lease: Lease) -> None:
    """End the lease, so that the next grader need not wait; nothing happens where another took over."""
    mine = (leases.c.run_id == lease.run_id) & (leases.c.token == lease.token)
    connection.execute(leases.update().where(mine).values(token=lease.token + 1, holder="", expires_at=0.0))
