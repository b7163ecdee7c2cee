"""Attempts to record, what a gradebook holds in a form that can be compared, and work done in other processes."""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from gru_book.grading.gradebook import INFRASTRUCTURE, REFUSED, Attempt, Gradebook
from gru_book.grading.gradebook.address import parse

EXERCISE = "90_leaky"


def submission(name: str) -> bytes:
    """Bytes that stand for what a student handed in."""
    return f"the work of {name}".encode("utf-8", "backslashreplace")


def attempt(student: str = "Ada", points: float | None = 3.0, **changed: Any) -> Attempt:
    """A graded attempt of two questions, 4 points at most, at the work of `student`."""
    half = (points or 0.0) / 2
    fields: dict[str, Any] = {
        "student": student,
        "exercise": EXERCISE,
        "exercise_version": 1,
        "submission_hash": hashlib.sha256(submission(student)).hexdigest(),
        "points": points,
        "max_points": 4.0,
        "questions": [
            {"id": "90.1", "status": "passed", "points": half, "max_points": 2.0, "feedback": "Right."},
            {"id": "90.2", "status": "failed", "points": half, "max_points": 2.0, "feedback": "h\0 is wrong."},
        ],
        "status": "graded",
        "graded_at": "2026-03-01T12:00:00+00:00",
        "isolation": "bubblewrap",
        "durations": {"run": 0.25},
        "versions": {"numpy": "2.4.6"},
        "seed_id": "5eed",
    }
    return Attempt(**{**fields, **changed})


def failure(student: str = "Ada", minute: int = 0, **changed: Any) -> Attempt:
    """An infrastructure error at the work of `student`."""
    none = {"points": None, "questions": [], "status": INFRASTRUCTURE, "reason": "the jail died"}
    return attempt(student, **{**none, "graded_at": f"2026-03-01T11:{minute:02}:00+00:00", **changed})


def refusal(student: str = "Ada", **changed: Any) -> Attempt:
    """A submission that is none."""
    return attempt(student, **{"points": 0.0, "questions": [], "status": REFUSED, "reason": "no notebook", **changed})


def content(book: Gradebook) -> list[tuple[Any, ...]]:
    """Every attempt and why it does not stand, without numbers and times of recording: what two books have equal."""
    rows = [(one.why, one.key_id, one.attempt.digest, one.attempt) for one in book.attempts(all_tries=True)]
    return sorted((row for row in rows), key=lambda row: row[:3])


def sql(place: str | Path, statement: str, **values: Any) -> list[Any]:
    """Run a statement past the gradebook, as somebody with the database's own tools would."""
    address = parse(place)
    engine = create_engine(address.url if address.url is not None else f"sqlite:///{address.path}")
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return list(result.all()) if result.returns_rows else []
    finally:
        engine.dispose()


class Child:
    """`work()` in a forked process; `result()` waits for it."""

    def __init__(self, work: Callable[[], Any], *, user: int | None = None) -> None:
        """`user`: the number of the user that it becomes first."""
        self._read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._read)
            self._work(work, write, user)
        os.close(write)

    def _work(self, work: Callable[[], Any], write: int, user: int | None) -> None:
        try:
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            answer = (True, work())
        except BaseException:
            answer = (False, traceback.format_exc())
        try:
            with os.fdopen(write, "wb") as stream:
                pickle.dump(answer, stream)
        finally:
            os._exit(0)

    def result(self) -> Any:
        """What the work returned; None if it was killed before. What it raised is an AssertionError here."""
        with os.fdopen(self._read, "rb") as stream:
            data = stream.read()
        os.waitpid(self.pid, 0)
        if not data:
            return None
        ok, answer = pickle.loads(data)
        assert ok, answer
        return answer

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._read)


def in_child(work: Callable[[], Any], *, user: int | None = None) -> Any:
    """What `work()` returns in a forked process."""
    return Child(work, user=user).result()
