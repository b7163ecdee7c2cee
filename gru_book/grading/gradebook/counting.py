"""Which attempt counts: for each student and exercise one, by a policy that the instructor chooses.

1. Of one submission counts the grade of its newest run: grading again with a new key or a mended exercise replaces.
   An infrastructure error never counts.
2. Of several submissions counts, with the policy "best", the one with the largest share of its points, and of equal
   ones the latest; with "latest", the one that was handed in last. Where no time of handing in is known, the time of
   grading stands in for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gru_book.errors import ArgumentError
from gru_book.grading.gradebook.attempt import INFRASTRUCTURE

BEST, LATEST = "best", "latest"
POLICIES = (BEST, LATEST)


@dataclass(frozen=True)
class Line:
    """An attempt without its questions: what the choice and the tables need."""

    id: int
    run_id: int
    key_id: str
    student: str
    exercise: str
    exercise_version: int
    submission_hash: str
    status: str
    points: float | None
    max_points: float
    isolation: str
    reason: str
    graded_at: str
    submitted_at: str

    @property
    def share(self) -> float:
        """The points as a share of what could be had; of an exercise without points, 1."""
        return 1.0 if not self.max_points else (self.points or 0.0) / self.max_points

    @property
    def when(self) -> tuple[str, int]:
        """For putting submissions in order."""
        return self.submitted_at or self.graded_at, self.id


def checked_policy(policy: str) -> str:
    """`policy` if it is one. Raises ArgumentError."""
    if policy not in POLICIES:
        raise ArgumentError("policy", " or ".join(POLICIES), repr(policy))
    return policy


def newest_grades(lines: Iterable[Line]) -> list[Line]:
    """For each student, exercise and submission the grade of the newest run."""
    newest: dict[tuple[str, str, str], Line] = {}
    for line in lines:
        key = (line.student, line.exercise, line.submission_hash)
        if line.status != INFRASTRUCTURE and (key not in newest or line.run_id > newest[key].run_id):
            newest[key] = line
    return list(newest.values())


def counted(lines: Iterable[Line], policy: str = BEST) -> dict[tuple[str, str], Line]:
    """(student, exercise) -> the attempt that counts. Raises ArgumentError: an unknown policy."""
    by_best = checked_policy(policy) == BEST
    chosen: dict[tuple[str, str], Line] = {}
    for line in newest_grades(lines):
        key = (line.student, line.exercise)
        rank = (line.share if by_best else 0.0, line.when)
        before = chosen.get(key)
        if before is None or rank > (before.share if by_best else 0.0, before.when):
            chosen[key] = line
    return chosen
