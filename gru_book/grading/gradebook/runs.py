"""Runs: the key that all inputs of a grading are drawn from, stored before the first submission is graded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gru_book.errors import ArgumentError
from gru_book.grading.gradebook.keys import checked_key, key_id, new_key
from gru_book.grading.gradebook.tables import runs

CLASS, REGRADE = "class", "regrade"


@dataclass(frozen=True)
class Run:
    """One grading of an exercise with one key; a run that was cut off goes on with the same key.

    Attributes:
        id: its number in this gradebook.
        key: 32 bytes; whoever knows them knows every input. Not shown.
        key_id: names the key without telling it.
        purpose: "class"; or "regrade": it was made to grade again with a new key.
        resumed: whether it was there before.
    """

    id: int
    exercise: str
    exercise_version: int
    key: bytes = field(repr=False)
    key_id: str
    created_at: str
    purpose: str = CLASS
    resumed: bool = True


def now() -> str:
    """The time, as the tables keep it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def run_of(row: Row[Any], *, resumed: bool = True) -> Run:
    """The Run of a row of `runs`."""
    return Run(
        row.id, row.exercise, row.exercise_version, bytes(row.key), row.key_id, row.created_at, row.purpose, resumed
    )


def start_or_resume(connection: Connection, exercise: str, exercise_version: int, key: bytes | None) -> Run:
    """The run with this key, or without one the class's newest; made if it is not there."""
    if key is not None:
        return with_key(connection, exercise, exercise_version, checked_key(key), CLASS)
    query = select(runs).where(runs.c.exercise == exercise, runs.c.exercise_version == exercise_version)
    query = query.where(runs.c.purpose == CLASS).order_by(runs.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return run_of(row) if row is not None else start(connection, exercise, exercise_version, new_key(), CLASS)


def with_key(connection: Connection, exercise: str, exercise_version: int, key: bytes, purpose: str) -> Run:
    """The run with this key; made for `purpose` if it is not there."""
    query = select(runs).where(runs.c.exercise == exercise, runs.c.exercise_version == exercise_version)
    row = connection.execute(query.where(runs.c.key == key)).one_or_none()
    return run_of(row) if row is not None else start(connection, exercise, exercise_version, key, purpose)


def start(connection: Connection, exercise: str, exercise_version: int, key: bytes, purpose: str) -> Run:
    """A run that is not there yet."""
    if not exercise or type(exercise_version) is not int:
        raise ArgumentError("exercise", "a name and a version", f"{exercise!r}, {exercise_version!r}")
    values = {
        "exercise": exercise,
        "exercise_version": exercise_version,
        "key": key,
        "key_id": key_id(key),
        "created_at": now(),
        "purpose": purpose,
    }
    id_ = connection.execute(runs.insert().values(values).returning(runs.c.id)).scalar_one()
    row = connection.execute(select(runs).where(runs.c.id == id_)).one()
    return run_of(row, resumed=False)


def all_runs(connection: Connection, exercise: str | None = None) -> list[Run]:
    """Every run, the oldest first."""
    query = select(runs).order_by(runs.c.id)
    if exercise is not None:
        query = query.where(runs.c.exercise == exercise)
    return [run_of(row) for row in connection.execute(query)]
