"""Grades as CSV and JSON: nothing in a name can become a formula, and a file is written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from tqdm import tqdm

from gru_book.grading.gradebook.counting import Line, checked_policy, counted, newest_grades
from gru_book.grading.gradebook.store import Gradebook, Recorded

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula; wide forms and leading spaces are looked through."""
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
SUMMARY = (
    "student", "exercise", "exercise_version", "points", "max_points", "status", "submissions", "isolation",
    "graded_at", "submitted_at", "submission_hash", "key_id", "reason",
)  # fmt: skip
DETAILS = (
    "student", "exercise", "exercise_version", "points", "max_points", "status", "stands", "isolation", "graded_at",
    "submitted_at", "recorded_at", "submission_hash", "key_id", "reason",
)  # fmt: skip


def grades(
    book: Gradebook,
    policy: str,
    *,
    exercise: str | None = None,
    student: str | None = None,
    questions: bool = True,
    progress: bool = False,
) -> list[dict[str, Any]]:
    """A row for each student and exercise: the attempt that counts, by name and exercise.

    Args:
        questions: whether each row has its questions with their feedback.
        progress: whether a bar is shown when it takes long.
    """
    lines = book.lines(exercise=exercise, student=student)
    chosen = counted(lines, checked_policy(policy))
    amount: dict[tuple[str, str], int] = {}
    for line in newest_grades(lines):
        amount[line.student, line.exercise] = amount.get((line.student, line.exercise), 0) + 1
    rows = {line.id: _summary(line, amount[key]) for key, line in chosen.items()}
    if questions:
        found = book.attempts(exercise=exercise, student=student)
        for recorded in tqdm(found, total=len(lines), unit="", delay=2, leave=False, disable=not progress):
            if recorded.id in rows and not recorded.why:
                rows[recorded.id]["questions"] = list(recorded.attempt.questions)
    return sorted(rows.values(), key=lambda row: (row["student"], row["exercise"]))


def _summary(line: Line, submissions: int) -> dict[str, Any]:
    row = {name: getattr(line, name) for name in SUMMARY if name != "submissions"}
    return {name: submissions if name == "submissions" else row[name] for name in SUMMARY}


def every_attempt(
    book: Gradebook, *, exercise: str | None = None, student: str | None = None
) -> Iterator[dict[str, Any]]:
    """A row for each attempt, those that do not stand too."""
    for recorded in book.attempts(exercise=exercise, student=student, all_tries=True):
        yield _detail(recorded)


def _detail(recorded: Recorded) -> dict[str, Any]:
    data = recorded.attempt.to_json()
    stands = "yes" if not recorded.why else f"no ({recorded.why})"
    more = {"stands": stands, "recorded_at": recorded.recorded_at, "key_id": recorded.key_id}
    row = {**data, **more}
    rest = ("seed_id", "durations", "versions", "questions")
    return {name: row[name] for name in (*DETAILS, *rest)}


def as_csv(rows: Iterable[dict[str, Any]], columns: tuple[str, ...]) -> bytes:
    """The rows as CSV in UTF-8, with a column for the points of each question at the end."""
    lines = [({name: row[name] for name in columns}, _points_by_question(row)) for row in rows]
    ids = sorted({id_ for _, points in lines for id_ in points})
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*columns, *map(cell, ids)])
    for row, points in lines:
        writer.writerow([*(cell(row[name]) for name in columns), *(cell(points.get(id_)) for id_ in ids)])
    return text.getvalue().encode("utf-8")


def _points_by_question(row: dict[str, Any]) -> dict[str, float]:
    return {str(question.get("id", "")): float(question["points"]) for question in row.get("questions", ())}


def as_json(rows: Iterable[dict[str, Any]], what: str, **facts: Any) -> bytes:
    """The rows as JSON in ASCII: control and bidirectional characters are escapes."""
    content = {"schema": 1, **facts, what: list(rows)}
    return (json.dumps(content, ensure_ascii=True, allow_nan=False, indent=1) + "\n").encode("ascii")


def cell(value: Any) -> Any:
    """A cell of a CSV file: a number as a number, None as nothing, a text that can only be read.

    What a spreadsheet would take for a formula gets an apostrophe in front; what cannot be seen is written out.
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if float(value).is_integer() else value
    text = str(value)
    plain = "".join(f"\\u{ord(char):04x}" if unicodedata.category(char) in INVISIBLE else char for char in text)
    return f"'{plain}" if _is_formula(text) else plain


def _is_formula(text: str) -> bool:
    shown = "".join(char for char in text if unicodedata.category(char) not in INVISIBLE)
    inside = unicodedata.normalize("NFKC", shown).lstrip()
    return text.startswith(FORMULA) or inside.startswith(FORMULA)
