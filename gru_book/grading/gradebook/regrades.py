"""Submissions that are to be graded again: asked for, listed, and closed by the attempt that answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from gru_book.grading.gradebook.attempt import Attempt
from gru_book.grading.gradebook.counting import Line
from gru_book.grading.gradebook.keys import new_key
from gru_book.grading.gradebook.runs import REGRADE, Run, now, run_of, start, with_key
from gru_book.grading.gradebook.tables import regrades, runs, submissions


@dataclass(frozen=True)
class Regrade:
    """One submission to be graded again.

    Attributes:
        run: whose key is to be used; a run of its own where a new key was asked for.
        why: what was said when it was asked for.
    """

    id: int
    run: Run
    student: str
    submission_hash: str
    why: str
    asked_at: str

    def fits(self, run: Run, attempt: Attempt) -> bool:
        """Whether `attempt` in `run` answers it."""
        asked = (self.run.id, self.student, self.submission_hash)
        return asked == (run.id, attempt.student, attempt.submission_hash)


@dataclass(frozen=True)
class Asked:
    """What came of asking: how many submissions are asked for now, were before, and cannot be (no bytes stored)."""

    new: int
    before: int
    without_bytes: int


def ask_all(
    connection: Connection, lines: Iterable[Line], *, new_key_wanted: bool, versions: Mapping[str, int], why: str
) -> Asked:
    """Ask for the submissions of `lines`, of each once, in the run of its newest grading.

    Args:
        new_key_wanted: whether inputs are drawn anew, from one new key an exercise.
        versions: exercise -> the version that they are to be graded by; otherwise the one that they were graded by.
    """
    newest: dict[tuple[str, str, str], Line] = {}
    for line in sorted(lines, key=lambda line: line.run_id):
        newest[line.student, line.exercise, line.submission_hash] = line
    stored = set(connection.execute(select(submissions.c.hash)).scalars())
    known = {row.id: run_of(row) for row in connection.execute(select(runs))}
    targets: dict[object, Run] = {}
    new = before = missing = 0
    for line in newest.values():
        if line.submission_hash not in stored:
            missing += 1
            continue
        old, wanted = known[line.run_id], versions.get(line.exercise, line.exercise_version)
        target = (line.exercise, wanted, None if new_key_wanted else old.key)
        if target not in targets:
            targets[target] = (
                start(connection, line.exercise, wanted, new_key(), REGRADE)
                if new_key_wanted
                else with_key(connection, line.exercise, wanted, old.key, old.purpose)
            )
        if ask(connection, targets[target], line.student, line.submission_hash, why):
            new += 1
        else:
            before += 1
    return Asked(new, before, missing)


def ask(connection: Connection, run: Run, student: str, submission_hash: str, why: str) -> bool:
    """Ask for a submission once; whether it was not asked for before."""
    same = (
        (regrades.c.run_id == run.id)
        & (regrades.c.student == student)
        & (regrades.c.submission_hash == submission_hash)
        & regrades.c.done_at.is_(None)
    )
    if connection.execute(select(regrades.c.id).where(same)).first() is not None:
        return False
    row = {"student": student, "submission_hash": submission_hash, "why": why, "asked_at": now()}
    connection.execute(regrades.insert().values(run_id=run.id, **row))
    return True


def still_asked(connection: Connection, exercise: str | None = None, student: str | None = None) -> list[Regrade]:
    """What is to be graded again, in the order in which it was asked for."""
    query = select(regrades).where(regrades.c.done_at.is_(None)).order_by(regrades.c.id)
    if student is not None:
        query = query.where(regrades.c.student == student)
    known = {row.id: run_of(row) for row in connection.execute(select(runs))}
    found = [
        Regrade(row.id, known[row.run_id], row.student, row.submission_hash, row.why, row.asked_at)
        for row in connection.execute(query)
    ]
    return [regrade for regrade in found if exercise is None or regrade.run.exercise == exercise]


def is_open(connection: Connection, regrade: Regrade) -> bool:
    """Whether no attempt has answered it yet."""
    query = select(regrades.c.id).where(regrades.c.id == regrade.id, regrades.c.done_at.is_(None))
    return connection.execute(query).first() is not None


def close(connection: Connection, regrade: Regrade) -> None:
    """It is answered."""
    connection.execute(regrades.update().where(regrades.c.id == regrade.id).values(done_at=now()))


def withdraw(connection: Connection, asked: Iterable[Regrade]) -> None:
    """Ask no longer."""
    for regrade in asked:
        close(connection, regrade)
