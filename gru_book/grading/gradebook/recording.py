"""Recording: a submission has one row a run, which is its first grade; everything else is kept beside it.

An infrastructure error is no grade and makes room for one. The same attempt recorded twice is recorded once.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select

from gru_book.errors import ArgumentError
from gru_book.grading.gradebook.attempt import INFRASTRUCTURE, Attempt, canonical
from gru_book.grading.gradebook.regrades import Regrade, close, is_open
from gru_book.grading.gradebook.runs import Run, now
from gru_book.grading.gradebook.tables import attempts, tries

NEW, KNOWN, REPLACED, KEPT = "new", "known", "replaced", "kept"
"""What came of recording: the submission's first row; nothing, it is there; it took the row over; kept beside it."""
JSON = ("questions", "durations", "versions")
CONTENT = (
    "status", "points", "max_points", *JSON, "reason", "isolation", "seed_id", "graded_at", "submitted_at",
)  # fmt: skip


def content_of(attempt: Attempt) -> dict[str, Any]:
    """The columns of an attempt's content."""
    fields = asdict(attempt)
    values = {name: canonical(fields[name]) if name in JSON else fields[name] for name in CONTENT}
    return {**values, "digest": attempt.digest, "recorded_at": now()}


def attempt_of(row: Row[Any]) -> Attempt:
    """The Attempt of a row that has the run's exercise and version too. Raises ArgumentError: somebody changed it."""
    values = {name: json.loads(getattr(row, name)) if name in JSON else getattr(row, name) for name in CONTENT}
    who = {"student": row.student, "submission_hash": row.submission_hash}
    return Attempt(exercise=row.exercise, exercise_version=row.exercise_version, **who, **values)


def record(connection: Connection, run: Run, attempt: Attempt, regrade: Regrade | None) -> str:
    """Put an attempt into the tables; NEW, KNOWN, REPLACED or KEPT."""
    if (attempt.exercise, attempt.exercise_version) != (run.exercise, run.exercise_version):
        got = f"{attempt.exercise} version {attempt.exercise_version}"
        raise ArgumentError("attempt", f"one of {run.exercise} version {run.exercise_version}", got)
    if regrade is not None and not regrade.fits(run, attempt):
        raise ArgumentError("regrade", "what asks for this submission in this run", repr(regrade))
    mine = (
        (attempts.c.run_id == run.id)
        & (attempts.c.student == attempt.student)
        & (attempts.c.submission_hash == attempt.submission_hash)
    )
    standing = connection.execute(select(attempts).where(mine)).one_or_none()
    asked = regrade is not None and attempt.final and is_open(connection, regrade)
    outcome = _place(connection, run, attempt, standing, asked)
    if asked and regrade is not None:
        close(connection, regrade)
    return outcome


def _place(connection: Connection, run: Run, attempt: Attempt, standing: Row[Any] | None, asked: bool) -> str:
    content = content_of(attempt)
    if standing is None:
        who = {"student": attempt.student, "submission_hash": attempt.submission_hash}
        connection.execute(attempts.insert().values(run_id=run.id, **who, **content))
        return NEW
    if standing.digest == attempt.digest or _is_kept(connection, standing.id, attempt.digest):
        return KNOWN
    if asked or _gives_way(standing, attempt):
        why = "infrastructure" if standing.status == INFRASTRUCTURE else "regraded"
        _keep(connection, standing.id, why, {name: getattr(standing, name) for name in content})
        connection.execute(attempts.update().where(attempts.c.id == standing.id).values(content))
        return REPLACED
    _keep(connection, standing.id, "repeated" if attempt.final else "infrastructure", content)
    return KEPT


def _gives_way(standing: Row[Any], attempt: Attempt) -> bool:
    """An infrastructure error to a grade, or to a later one; a digest decides between two of one moment."""
    if standing.status != INFRASTRUCTURE:
        return False
    return attempt.final or (attempt.graded_at, attempt.digest) > (standing.graded_at, standing.digest)


def _is_kept(connection: Connection, attempt_id: int, digest: str) -> bool:
    there = select(tries.c.id).where(tries.c.attempt_id == attempt_id, tries.c.digest == digest)
    return connection.execute(there).first() is not None


def _keep(connection: Connection, attempt_id: int, why: str, content: dict[str, Any]) -> None:
    connection.execute(tries.insert().values(attempt_id=attempt_id, why=why, **content))
