"""A reader's own progress: what `check` said last of each question, kept beside the book.

One small file a question, so that two notebooks never write the same one; each is replaced in one step.
`GRU_BOOK_PROGRESS` names another folder, or `off`.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gru_book.grading.exercises import find_exercises
from gru_book.grading.result import CheckResult
from gru_book.grading.spec import Exercise, Question
from gru_book.grading.text import show_points

FOLDER = ".progress"


@dataclass(frozen=True)
class Record:
    """What is known of one question. `best` points over all attempts; `status` and `mistakes` of the last."""

    attempts: int = 0
    best: float = 0.0
    status: str = "missing"
    mistakes: tuple[str, ...] = ()
    updated: str = ""


def folder_for(exercise: Exercise) -> Path | None:
    """Where this exercise's records are kept; None if they are switched off."""
    chosen = os.environ.get("GRU_BOOK_PROGRESS")
    if chosen == "off":
        return None
    return Path(chosen) if chosen else Path(exercise.folder).parent.parent / FOLDER


def record(exercise: Exercise, result: CheckResult) -> None:
    """Count an attempt. A book that cannot be written to keeps no progress, and checking still works."""
    folder = folder_for(exercise)
    if folder is None:
        return
    before = read(exercise, result.id)
    content = {
        "schema": 1,
        "question": result.id,
        "attempts": before.attempts + 1,
        "best": max(before.best, result.points),
        "status": result.status,
        "mistakes": list(result.mistakes),
        "updated": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / f"{result.id}.json", json.dumps(content, indent=1))


def _replace(path: Path, text: str) -> None:
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def read(exercise: Exercise, question_id: str) -> Record:
    """The record of one question; an empty one if there is none or its file is damaged."""
    folder = folder_for(exercise)
    if folder is None:
        return Record()
    try:
        content = json.loads((folder / f"{question_id}.json").read_text(encoding="utf-8"))
        return Record(
            int(content["attempts"]),
            float(content["best"]),
            str(content["status"]),
            tuple(str(name) for name in content["mistakes"]),
            str(content["updated"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Record()


@dataclass(frozen=True)
class Row:
    """One question in the overview."""

    exercise: Exercise
    question: Question
    record: Record

    @property
    def done(self) -> bool:
        """Whether full marks were reached; a text that a person marks is done when it was handed in."""
        full = self.question.points
        return self.record.best >= full if full else self.record.status == "passed"

    @property
    def score(self) -> str:
        """The points, or of a text that waits for a person's, whether it was handed in."""
        if not self.question.points:
            return "handed in" if self.done else "open"
        return f"{show_points(self.record.best)} / {show_points(self.question.points)}"

    @property
    def last_mistake(self) -> str:
        titles = {mistake.id: mistake.title for question in self.exercise.questions for mistake in question.mistakes}
        return "; ".join(titles.get(name, name) for name in self.record.mistakes)


class Overview:
    """All questions with points, attempts and the last mistake, an exercise after the other; a table."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows

    @property
    def points(self) -> float:
        return sum(row.record.best for row in self.rows)

    @property
    def max_points(self) -> float:
        return sum(row.question.points for row in self.rows)

    @property
    def next(self) -> Row | None:
        """The question to go on with: the first open one of the exercise that was worked on last, else the first."""
        opened = [row for row in self.rows if not row.done]
        begun = max((row for row in self.rows if row.record.updated), key=lambda row: row.record.updated, default=None)
        same = [row for row in opened if begun is not None and row.exercise is begun.exercise]
        return next(iter(same or opened), None)

    @property
    def groups(self) -> list[Overview]:
        """An overview of each exercise, in order."""
        ids = list(dict.fromkeys(row.exercise.id for row in self.rows))
        return [Overview([row for row in self.rows if row.exercise.id == name]) for name in ids]

    @property
    def manual_points(self) -> float:
        """What a person can give besides."""
        return sum(row.question.manual_points for row in self.rows)

    def __str__(self) -> str:
        from gru_book.grading.panel import render_overview_text

        return render_overview_text(self)

    def to_json(self) -> dict[str, Any]:
        """For `gru-book progress --json`."""
        questions = [
            {
                "exercise": row.exercise.id,
                "id": row.question.id,
                "points": row.record.best,
                "max_points": row.question.points,
                "manual_points": row.question.manual_points,
                "attempts": row.record.attempts,
                "status": row.record.status,
                "mistakes": list(row.record.mistakes),
                "done": row.done,
            }
            for row in self.rows
        ]
        exercises = [
            {"id": group.rows[0].exercise.id, "title": group.rows[0].exercise.title, **group.totals()}
            for group in self.groups
        ]
        return {
            "schema": 1,
            **self.totals(),
            "next": None if self.next is None else self.next.question.id,
            "exercises": exercises,
            "questions": questions,
        }

    def totals(self) -> dict[str, float]:
        """The sums over all questions."""
        return {"points": self.points, "max_points": self.max_points, "manual_points": self.manual_points}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from gru_book.grading.panel import render_overview

        return {"text/html": render_overview(self), "text/plain": str(self)}


def show(exercises: Path | str | None = None) -> Overview:
    """The reader's progress over all exercises of the book."""
    return Overview(
        [
            Row(exercise, question, read(exercise, question.id))
            for exercise in find_exercises(exercises)
            for question in exercise.questions
        ]
    )
