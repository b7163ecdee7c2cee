"""The gradebook: what graders and reports call. Every method is one transaction, and raises one clear line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Select, select, text

from gru_book.grading.gradebook import blobs, leases, recording, regrades, runs, schema
from gru_book.grading.gradebook.address import Address, parse
from gru_book.grading.gradebook.attempt import INFRASTRUCTURE, MAX_REASON, Attempt
from gru_book.grading.gradebook.audit import Finding, audit
from gru_book.grading.gradebook.counting import BEST, LATEST, Line, counted
from gru_book.grading.gradebook.engine import engine_for, reading, writing
from gru_book.grading.gradebook.errors import GradebookError
from gru_book.grading.gradebook.leases import Lease
from gru_book.grading.gradebook.regrades import Asked, Regrade
from gru_book.grading.gradebook.runs import Run
from gru_book.grading.gradebook.tables import attempts, tries
from gru_book.grading.gradebook.tables import runs as run_table
from gru_book.grading.gradebook.trouble import told
from gru_book.grading.text import visible

WAIT = 30.0
"""Seconds to wait for another process that writes."""
PAGE = 500
LINE = (
    attempts.c.id, attempts.c.run_id, run_table.c.key_id, attempts.c.student, run_table.c.exercise,
    run_table.c.exercise_version, attempts.c.submission_hash, attempts.c.status, attempts.c.points,
    attempts.c.max_points, attempts.c.isolation, attempts.c.reason, attempts.c.graded_at, attempts.c.submitted_at,
)  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """An attempt as it is stored.

    Attributes:
        id: its row; those that do not stand have a table, and so numbers, of their own.
        why: "" for one that stands; else why it does not: "infrastructure", "regraded" or "repeated".
    """

    id: int
    run_id: int
    key_id: str
    recorded_at: str
    attempt: Attempt
    why: str = ""


class Gradebook:
    """Attempts, submissions and keys in SQLite or PostgreSQL; `Gradebook.open` gives one, and `with` closes it."""

    def __init__(self, address: Address, *, read_only: bool, wait: float, clock: Callable[[], float] | None) -> None:
        """Use `open`."""
        self.address = address
        self.read_only = read_only
        self._clock = clock
        self._engine = engine_for(address, read_only=read_only, wait=wait)

    @classmethod
    def open(
        cls,
        place: str | Path,
        *,
        create: bool = True,
        read_only: bool = False,
        wait: float = WAIT,
        clock: Callable[[], float] | None = None,
    ) -> Gradebook:
        """The gradebook at `place`; one of an older gru_book is led to today's tables.

        Args:
            place: a file, ``sqlite:///FILE``, or ``postgresql://USER@HOST/DATABASE``.
            create: whether one is made where there is none.
            read_only: nothing is written, by nobody; works where nothing can be written.
            wait: seconds to wait for another process that writes.
            clock: seconds since 1970 for leases; default: the server's clock, or this machine's.

        Raises:
            ArgumentError: `place` is neither a file nor a PostgreSQL URL.
            GradebookError: it is not there, no gradebook, newer, damaged, locked, or cannot be reached or written.
        """
        address = parse(place)
        read_only = read_only or address.read_only
        with told(address):
            if address.path is not None:
                try:
                    _prepare(address.path, create=create and not read_only, read_only=read_only)
                except OSError as error:
                    raise GradebookError("file", str(address), error.strerror or str(error)) from None
            book = cls(address, read_only=read_only, wait=wait, clock=clock)
            try:
                schema.require(book._engine, address, create=create, read_only=read_only)
            except BaseException:
                book.close()
                raise
        return book

    def close(self) -> None:
        """Close every connection; what was recorded is on the disk already."""
        self._engine.dispose()

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # --- Runs and leases -------------------------------------------------------------------------------------

    def start_or_resume(self, exercise: str, exercise_version: int, *, key: bytes | None = None) -> Run:
        """The class's newest run of this exercise; where there is none, a new one, whose key is stored before this
        returns. With a `key` (32 bytes): the run with that key.

        Two graders that start at once get the same run.
        """
        with self._writing() as connection:
            return runs.start_or_resume(connection, exercise, exercise_version, key)

    def runs(self, exercise: str | None = None) -> list[Run]:
        """Every run, the oldest first."""
        with self._reading() as connection:
            return runs.all_runs(connection, exercise)

    def lease(self, run: Run, *, holder: str | None = None, seconds: float = leases.SECONDS) -> Lease:
        """The right to write to `run`, for `seconds` after the last `record` or `renew`.

        Raises LeaseHeldError: another grader has it, and neither ended nor let it run out.
        """
        with self._writing() as connection:
            now = self._now(connection)
            return leases.grant(connection, run, now, str(self.address), holder=holder, seconds=seconds)

    def renew(self, lease: Lease) -> Lease:
        """The lease, prolonged. Raises LeaseLostError: another grader took over."""
        with self._writing() as connection:
            now = self._now(connection)
            renewed = leases.prolong(connection, lease.run_id, lease, now, str(self.address))
        assert renewed is not None
        return renewed

    def release(self, lease: Lease) -> None:
        """Give the lease back; no error where another grader took over."""
        with self._writing() as connection:
            leases.give_back(connection, lease)

    # --- Attempts --------------------------------------------------------------------------------------------

    def done(self, run: Run) -> set[tuple[str, str]]:
        """(student, submission hash) of what has a grade in this run; an infrastructure error is to be tried again."""
        query = select(attempts.c.student, attempts.c.submission_hash)
        query = query.where(attempts.c.run_id == run.id, attempts.c.status != INFRASTRUCTURE)
        with self._reading() as connection:
            return {(row.student, row.submission_hash) for row in connection.execute(query)}

    def record(
        self,
        run: Run,
        attempt: Attempt,
        *,
        lease: Lease | None = None,
        submission: bytes | None = None,
        regrade: Regrade | None = None,
    ) -> str:
        """Store an attempt for good: when this returns it is on the disk, and when it raises nothing was written.

        Args:
            lease: the run's; without one nobody else may hold it. It is prolonged.
            submission: the bytes that were handed in, if they are not stored yet.
            regrade: the request that this attempt answers; it then takes the place of the grade that stood.

        Returns:
            "new"; "known": it is there already; "replaced": it stands in another's place; "kept": another stands, and
            this one is kept beside it.

        Raises:
            ArgumentError: the attempt is of another exercise or version than the run.
            LeaseLostError, LeaseHeldError: another grader took over, or works on the run.
            GradebookError: it cannot be written.
        """
        data = {} if submission is None else {attempt.submission_hash: submission}
        return self._record(run, [attempt], lease, data, regrade)[0]

    def record_all(
        self,
        run: Run,
        batch: Iterable[Attempt],
        *,
        lease: Lease | None = None,
        submissions: Mapping[str, bytes] | None = None,
    ) -> list[str]:
        """Store several attempts in one transaction: all of them or none. See `record`."""
        return self._record(run, batch, lease, submissions or {}, None)

    def _record(
        self,
        run: Run,
        batch: Iterable[Attempt],
        lease: Lease | None,
        data: Mapping[str, bytes],
        regrade: Regrade | None,
    ) -> list[str]:
        with self._writing() as connection:
            leases.prolong(connection, run.id, lease, self._now(connection), str(self.address))
            blobs.keep(connection, data)
            return [recording.record(connection, run, attempt, regrade) for attempt in batch]

    def attempts(
        self,
        *,
        exercise: str | None = None,
        student: str | None = None,
        run: Run | None = None,
        all_tries: bool = False,
    ) -> Iterator[Recorded]:
        """The attempts with their questions, in the order in which they first came, a page in memory at a time.

        Args:
            all_tries: also those that do not stand, each after the one that stands.
        """
        query = _filtered(select(attempts, *_run_columns()).join(run_table), exercise, student, run)
        query = query.order_by(attempts.c.id).limit(PAGE)
        after = 0
        while True:
            with self._reading() as connection:
                rows = connection.execute(query.where(attempts.c.id > after)).all()
                others = _tries(connection, [row.id for row in rows]) if all_tries else []
            for row in rows:
                yield self._recorded(row)
                for other in others:
                    if other.attempt_id == row.id:
                        yield self._recorded(other, other.why)
            if not rows:
                return
            after = rows[-1].id

    def lines(self, *, exercise: str | None = None, student: str | None = None) -> list[Line]:
        """The attempts without their questions, in the order in which they first came."""
        query = _filtered(select(*LINE).join(run_table), exercise, student, None).order_by(attempts.c.id)
        with self._reading() as connection:
            return [Line(*row) for row in connection.execute(query)]

    def counted(
        self, policy: str = BEST, *, exercise: str | None = None, student: str | None = None
    ) -> dict[tuple[str, str], Line]:
        """(student, exercise) -> the attempt that counts with the policy "best" or "latest"; see `counting.py`."""
        return counted(self.lines(exercise=exercise, student=student), policy)

    def best(self, *, exercise: str | None = None, student: str | None = None) -> dict[tuple[str, str], Line]:
        """(student, exercise) -> the attempt that counts where the best one does."""
        return self.counted(BEST, exercise=exercise, student=student)

    def latest(self, *, exercise: str | None = None, student: str | None = None) -> dict[tuple[str, str], Line]:
        """(student, exercise) -> the attempt that counts where the latest one does."""
        return self.counted(LATEST, exercise=exercise, student=student)

    def attempt(self, attempt_id: int) -> Recorded:
        """One attempt with its questions, by the id of its Line."""
        query = select(attempts, *_run_columns()).join(run_table).where(attempts.c.id == attempt_id)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise GradebookError("missing", str(self.address), f"there is no attempt {attempt_id}")
        return self._recorded(row)

    # --- Submissions and regrading ---------------------------------------------------------------------------

    def keep(self, *data: bytes) -> list[str]:
        """Store the bytes of submissions, each once; returns their hashes. Raises ArgumentError: one is too large."""
        names = [blobs.submission_hash(content) for content in data]
        with self._writing() as connection:
            blobs.keep(connection, dict(zip(names, data, strict=True)))
        return names

    def submission(self, submission_hash: str) -> bytes:
        """The bytes that were handed in. Raises GradebookError: they were not stored, or are damaged."""
        with self._reading() as connection:
            return blobs.fetch(connection, submission_hash, str(self.address))

    def ask_again(
        self,
        *,
        exercise: str | None = None,
        student: str | None = None,
        new_key: bool = False,
        versions: Mapping[str, int] | None = None,
        why: str = "",
    ) -> Asked:
        """Ask that submissions be graded again, from the bytes that are stored; `to_regrade` lists what is asked for.

        Args:
            exercise, student: which; without either, every submission.
            new_key: whether inputs are drawn anew, from one new key an exercise; otherwise the same come again.
            versions: exercise -> the version to grade by; otherwise the one that they were graded by.
            why: the reason, for whoever reads the gradebook later.
        """
        lines = self.lines(exercise=exercise, student=student)
        why = visible(why, newlines=True)[:MAX_REASON]
        with self._writing() as connection:
            return regrades.ask_all(connection, lines, new_key_wanted=new_key, versions=versions or {}, why=why)

    def withdraw(self, asked: Iterable[Regrade]) -> None:
        """Ask no longer for these."""
        with self._writing() as connection:
            regrades.withdraw(connection, asked)

    def regrade(
        self,
        grade: Callable[[Regrade, bytes], Attempt],
        *,
        exercise: str | None = None,
        student: str | None = None,
        on_recorded: Callable[[Regrade, str], None] = lambda regrade, outcome: None,
    ) -> int:
        """Grade again what was asked for, one after the other; returns how many were. See `to_regrade`.

        Args:
            grade: makes the attempt from the submission's bytes, with `regrade.run.key`.
            on_recorded: called after each, with what `record` said.

        Raises:
            LeaseHeldError: another grader works on one of the runs.
        """
        asked = self.to_regrade(exercise, student)
        for run in {regrade.run.id: regrade.run for regrade in asked}.values():
            lease = self.lease(run)
            try:
                for regrade in asked:
                    if regrade.run.id == run.id:
                        attempt = grade(regrade, self.submission(regrade.submission_hash))
                        on_recorded(regrade, self.record(run, attempt, lease=lease, regrade=regrade))
            finally:
                self.release(lease)
        return len(asked)

    def audit(self, *, progress: bool = False) -> list[Finding]:
        """What looks wrong, or should be looked at, in the order of `audit.KINDS`; `progress` shows a bar."""
        with self._reading() as connection:
            return audit(connection, self.address, progress=progress)

    def to_regrade(self, exercise: str | None = None, student: str | None = None) -> list[Regrade]:
        """What `ask_again` asked for and no attempt has answered yet."""
        with self._reading() as connection:
            return regrades.still_asked(connection, exercise, student)

    # --- Inside ----------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self.read_only:
            raise GradebookError("read_only", str(self.address), "was opened for reading alone", "Open it for writing")
        with told(self.address), writing(self._engine) as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told(self.address), reading(self._engine) as connection:
            yield connection

    def _now(self, connection: Connection) -> float:
        """One clock for all who hold leases: the server's, or this machine's where the file is on it."""
        if self._clock is not None:
            return self._clock()
        if connection.dialect.name == "postgresql":
            return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
        return time.time()

    def _recorded(self, row: Any, why: str = "") -> Recorded:
        try:
            attempt = recording.attempt_of(row)
        except ValueError as error:
            who = f"attempt {row.id} was changed by hand or is damaged ({error})"
            raise GradebookError("damaged", str(self.address), who, "Run: gru-book gradebook audit") from None
        return Recorded(row.id, row.run_id, row.key_id, row.recorded_at, attempt, why)


def _prepare(path: Path, *, create: bool, read_only: bool) -> None:
    """Have a file there that may be a gradebook."""
    if not path.exists() and not path.is_symlink():
        if not create:
            raise GradebookError("missing", str(path), "there is no gradebook", "`gru-book grade` makes one")
        if not path.parent.is_dir():
            raise GradebookError("missing", str(path), "its folder is not there", f"Make it: mkdir -p {path.parent}")
        schema.make_file(path)
    schema.look_at_file(path)
    if not read_only:
        schema.keep_private(path)
        schema.mend_log(path)


def _run_columns() -> tuple[Any, ...]:
    return run_table.c.exercise, run_table.c.exercise_version, run_table.c.key_id


def _filtered(query: Select[Any], exercise: str | None, student: str | None, run: Run | None) -> Select[Any]:
    if exercise is not None:
        query = query.where(run_table.c.exercise == exercise)
    if student is not None:
        query = query.where(attempts.c.student == student)
    return query if run is None else query.where(attempts.c.run_id == run.id)


def _tries(connection: Connection, ids: list[int]) -> list[Any]:
    who = (attempts.c.student, attempts.c.submission_hash, attempts.c.run_id)
    query = select(tries, *who, *_run_columns()).join(attempts, tries.c.attempt_id == attempts.c.id).join(run_table)
    query = query.where(tries.c.attempt_id.in_(ids)).order_by(tries.c.graded_at, tries.c.digest)
    return list(connection.execute(query))
