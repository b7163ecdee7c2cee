"""One graded submission as plain data: what the grader hands to the gradebook, and what comes back out of it."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from gru_book.errors import ArgumentError
from gru_book.grading.text import visible

GRADED, REFUSED, INFRASTRUCTURE = "graded", "refused", "infrastructure"
STATUSES = (GRADED, REFUSED, INFRASTRUCTURE)
MAX_TEXT = 200
"""Characters in a name; an index entry of PostgreSQL must stay below 2,700 bytes."""
MAX_REASON = 2000
MAX_JSON = 4 << 20
TOLERANCE = 1e-9
"""How far the points may be from the sum of the questions': what adding floats in another order can change."""


@dataclass(frozen=True)
class Attempt:
    """What came of grading one submission once.

    Attributes:
        student: who handed it in, as the class list spells it.
        exercise, exercise_version: what it answers.
        submission_hash: SHA-256 of the submission's bytes, 64 hexadecimal digits.
        points: the sum over the questions; None for "infrastructure", which is no grade.
        max_points: what could be had.
        questions: the questions of `gru-book check --json`, and with each its feedback as text.
        status: "graded"; "refused" (no submission that can be graded, 0 points); "infrastructure" (the grader's own
            failure: to be tried again).
        reason: why it was refused or failed, in words.
        isolation: how the student's code ran, such as "bubblewrap"; "" where none ran.
        durations: seconds, by what took them.
        versions: of the packages that the grade depends on, by name.
        seed_id: names the seeds that the inputs were drawn from, without telling them.
        graded_at: when, ISO 8601 with an offset; kept in UTC.
        submitted_at: when it was handed in, where that is known; "" otherwise.

    Raises:
        ArgumentError: a field does not fit, the points are not the sum of the questions', or what is to be stored as
            JSON is none.
    """

    student: str
    exercise: str
    exercise_version: int
    submission_hash: str
    points: float | None
    max_points: float
    questions: Sequence[Mapping[str, Any]]
    status: str
    graded_at: str
    reason: str = ""
    isolation: str = ""
    durations: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    seed_id: str = ""
    submitted_at: str = ""

    def __post_init__(self) -> None:
        for name in ("student", "exercise"):
            _check_name(name, getattr(self, name), empty=False)
        for name in ("isolation", "seed_id"):
            _check_name(name, getattr(self, name), empty=True)
        if type(self.exercise_version) is not int:
            raise ArgumentError("exercise_version", "an int", repr(self.exercise_version))
        if not isinstance(self.submission_hash, str) or not re.fullmatch("[0-9a-f]{64}", self.submission_hash):
            raise ArgumentError("submission_hash", "64 hexadecimal digits", repr(self.submission_hash)[:80])
        if not isinstance(self.questions, (list, tuple)):
            raise ArgumentError("questions", "a list", type(self.questions).__name__)
        for name in ("durations", "versions"):
            if not isinstance(getattr(self, name), Mapping):
                raise ArgumentError(name, "a dict", type(getattr(self, name)).__name__)
        if self.status not in STATUSES:
            raise ArgumentError("status", " or ".join(STATUSES), repr(self.status)[:80])
        set_ = object.__setattr__  # the class is frozen for everybody else
        set_(self, "reason", visible(str(self.reason), newlines=True)[:MAX_REASON])
        set_(self, "graded_at", utc("graded_at", self.graded_at))
        set_(self, "submitted_at", utc("submitted_at", self.submitted_at) if self.submitted_at else "")
        set_(self, "questions", tuple(_plain("questions", list(self.questions))))
        set_(self, "durations", _plain("durations", dict(self.durations)))
        set_(self, "versions", _plain("versions", dict(self.versions)))
        set_(self, "max_points", _number("max_points", self.max_points))
        set_(self, "points", None if self.points is None else _number("points", self.points))
        self._check_points()

    def _check_points(self) -> None:
        """The rules that `audit` asks of the stored rows again."""
        problem = points_problem(self.status, self.points, self.max_points, self.questions)
        if problem is not None:
            raise ArgumentError("points", *problem)

    @property
    def final(self) -> bool:
        """Whether it is a grade; an infrastructure error is none."""
        return self.status != INFRASTRUCTURE

    @property
    def digest(self) -> str:
        """SHA-256 of everything in it: two attempts with one digest are the same attempt."""
        return hashlib.sha256(canonical(self.to_json()).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Plain data, from which `Attempt(**data)` makes the same attempt again."""
        return {**asdict(self), "questions": list(self.questions)}


def points_problem(
    status: str, points: float | None, max_points: float, questions: Sequence[Mapping[str, Any]]
) -> tuple[str, str] | None:
    """(what was expected, what is there) if the points do not fit their questions; None if they do."""
    if (points is None) != (status == INFRASTRUCTURE):
        return "a number, or None for an infrastructure error", f"{points} with status {status!r}"
    if points is None:
        return None
    if not -TOLERANCE <= points <= max_points + TOLERANCE:
        return f"0 to {max_points:g}", f"{points:g}"
    try:
        total = math.fsum(float(question["points"]) for question in questions)
    except (KeyError, TypeError, ValueError):
        return "questions that have points each", "one that has none"
    if abs(total - points) > TOLERANCE:
        return f"the sum of the questions' points, {total:g}", f"{points:g}"
    return None


def utc(name: str, text: str) -> str:
    """An ISO 8601 time with an offset, in UTC with microseconds: as text it sorts as time does."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        moment = datetime.min
    if moment.tzinfo is None:
        raise ArgumentError(
            name, "an ISO 8601 time with its offset, such as 2026-01-31T12:00:00+00:00", repr(text)[:80]
        )
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def canonical(value: Any) -> str:
    """The one JSON text of `value`: sorted keys, ASCII, and no NaN, which JSON has not."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _plain(name: str, value: Any) -> Any:
    """`value` as JSON gives it back, so that what is stored and what is read are equal."""
    try:
        text = canonical(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(name, "plain data that JSON can hold", str(error)) from None
    if len(text) > MAX_JSON:
        raise ArgumentError(name, f"at most {MAX_JSON} characters of JSON", str(len(text)))
    return json.loads(text)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ArgumentError(name, "a finite number", repr(value)[:80])
    return float(value) + 0.0  # no -0.0


def _check_name(name: str, value: Any, *, empty: bool) -> None:
    """A name that every database can hold: PostgreSQL has no NUL in a text, UTF-8 has no lone surrogates."""
    if not isinstance(value, str) or not (value or empty) or len(value) > MAX_TEXT:
        raise ArgumentError(name, f"a text of {0 if empty else 1} to {MAX_TEXT} characters", repr(value)[:80])
    if re.search("[\0\ud800-\udfff]", value):
        raise ArgumentError(name, "a text without NUL and lone surrogates", ascii(value)[:80])
