"""The gradebook on a terminal: students by exercises, or one student's attempts at one exercise with their feedback."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gru_book.grading.gradebook.counting import BEST, LATEST, Line, counted, newest_grades
from gru_book.grading.gradebook.store import Gradebook, Recorded
from gru_book.grading.text import show_points, visible

CELL = 14
"""Columns of the terminal that one exercise takes."""


def overview(book: Gradebook, policy: str, console: Console, **chosen: str | None) -> None:
    """Print a table of students and exercises: the attempt that counts, the latest besides, and how many there are."""
    lines = book.lines(**chosen)
    if not lines:
        console.print(Text("No attempt yet" + (" of these" if any(chosen.values()) else "") + "."))
        return
    exercises = sorted({line.exercise for line in lines})
    students = sorted({line.student for line in lines})
    best, latest = counted(lines, BEST), counted(lines, LATEST)
    counts, amount = (best if policy == BEST else latest), _amounts(lines)
    failed = {(line.student, line.exercise) for line in lines} - set(counts)
    width = max(1, (console.width - 26) // CELL)
    for start in range(0, len(exercises), width):
        part = exercises[start : start + width]
        table = Table(title=f"Counts: the {policy} attempt")
        for name in ("student", *part):
            table.add_column(Text(visible(name)), overflow="fold")
        for student in students:
            keys = [(student, exercise) for exercise in part]
            cells = [
                "the grader failed" if key in failed else _cell(counts.get(key), latest.get(key), amount.get(key, 0))
                for key in keys
            ]
            table.add_row(Text(visible(student)), *map(Text, cells))
        console.print(table)
    if failed:
        console.print(Text(f"The grader failed for {len(failed)} and must run again: gru-book gradebook audit"))


def _amounts(lines: list[Line]) -> dict[tuple[str, str], int]:
    amount: dict[tuple[str, str], int] = {}
    for line in newest_grades(lines):
        amount[line.student, line.exercise] = amount.get((line.student, line.exercise), 0) + 1
    return amount


def _cell(counts: Line | None, latest: Line | None, amount: int) -> str:
    if counts is None or latest is None:
        return ""
    text = _points(counts)
    if amount > 1:
        text += f"\nlatest {_points(latest)}\n{amount} submissions"
    return text


def _points(line: Line) -> str:
    text = f"{show_points(line.points or 0.0)} of {show_points(line.max_points)}"
    return text if line.status == "graded" else f"{text}, {line.status}"


def details(book: Gradebook, policy: str, console: Console, *, exercise: str, student: str) -> None:
    """Print every attempt of a student at an exercise: when, how, and what was said of each question."""
    counts = book.counted(policy, exercise=exercise, student=student).get((student, exercise))
    found = False
    for recorded in book.attempts(exercise=exercise, student=student, all_tries=True):
        found = True
        stands = not recorded.why and counts is not None and counts.id == recorded.id
        _one(recorded, "counts" if stands else recorded.why, console)
    if not found:
        console.print(Text("No attempt yet of these."))


def _one(recorded: Recorded, note: str, console: Console) -> None:
    attempt = recorded.attempt
    points = "no grade" if attempt.points is None else f"{attempt.points:g} of {attempt.max_points:g} points"
    head = f"{attempt.graded_at[:16].replace('T', ' ')} UTC  {points}, {attempt.status}" + (
        f"  ({note})" if note else ""
    )
    versions = ", ".join(f"{name} {version}" for name, version in attempt.versions.items())
    seconds = ", ".join(f"{name} {value:.2f} s" for name, value in attempt.durations.items())
    facts = {
        "reason": attempt.reason,
        "submission": attempt.submission_hash,
        "exercise": f"{attempt.exercise} version {attempt.exercise_version}, key {recorded.key_id}",
        "isolation": attempt.isolation or "none: nothing ran",
        "versions": versions,
        "durations": seconds,
    }
    console.print(Text(visible(head), style="bold"))
    for name, value in facts.items():
        if value:
            console.print(Text(f"  {name:<11}{visible(value)}"))
    for question in attempt.questions:
        _question(question, console)
    console.print()


def _question(question: Any, console: Console) -> None:
    most = f" of {question['max_points']:g}" if isinstance(question.get("max_points"), (int, float)) else ""
    line = f"  {question.get('id', '?')}  {question['points']:g}{most}  {question.get('status', '')}"
    console.print(Text(visible(line)))
    for text in visible(str(question.get("feedback", "")), newlines=True).splitlines():
        console.print(Text(f"      {text}"))
