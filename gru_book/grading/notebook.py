"""Checking a saved notebook: `gru-book check PATH`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gru_book.errors import GRUBookError
from gru_book.grading.errors import CheckError
from gru_book.grading.exercises import find_exercises
from gru_book.grading.question import check_question, unanswered
from gru_book.grading.reader import Cell, Notebook, read_notebook
from gru_book.grading.result import ERROR, MISSING, CheckResult
from gru_book.grading.runners import CellReport, NotebookRunner
from gru_book.grading.spec import Exercise, FunctionQuestion
from gru_book.grading.text import show_points, visible


@dataclass(frozen=True)
class NotebookReport:
    """The results of one notebook, a question each, in the order of the exercise."""

    exercise: Exercise
    path: Path
    results: tuple[CheckResult, ...]

    @property
    def points(self) -> float:
        return sum(result.points for result in self.results)

    @property
    def passed(self) -> bool:
        """Whether every question has full marks."""
        return all(result.passed for result in self.results)

    def to_json(self) -> dict[str, Any]:
        """The object that `gru-book check --json` prints."""
        return {
            "schema": 1,
            "exercise": self.exercise.id,
            "points": self.points,
            "max_points": self.exercise.max_points,
            "questions": [result.to_json() for result in self.results],
        }

    def render_text(self) -> str:
        """All results for a terminal, and a last line with the points."""
        parts = [str(result) for result in self.results]
        total = f"{show_points(self.points)} of {show_points(self.exercise.max_points)} points"
        return "\n\n".join([*parts, f"{self.exercise.title}: {total}"])


def check_notebook(
    path: Path | str,
    *,
    exercises: Path | str | None = None,
    on_question: Callable[[FunctionQuestion], None] = lambda question: None,
) -> NotebookReport:
    """Check every answer of a saved notebook; it is read as data, and its cells run in a separate process.

    Args:
        path: the notebook.
        exercises: the folder of exercises; default: that of the book around the notebook or the current folder.
        on_question: called before each question, for progress.

    Raises:
        CheckError: the notebook is missing, malformed, or belongs to no exercise.
    """
    notebook = read_notebook(path)
    exercise = _exercise_of(notebook, exercises)
    cells = [_message(cell, exercise) for cell in notebook.cells]
    runner = NotebookRunner(cells, exercise.modules)
    try:
        runner.load()
        results = []
        for question in exercise.questions:
            on_question(question)
            results.append(_check_answer(notebook, exercise, question, runner))
    finally:
        runner.close()
    return NotebookReport(exercise, notebook.path, tuple(results))


def _exercise_of(notebook: Notebook, exercises: Path | str | None) -> Exercise:
    file = str(notebook.path)
    try:
        known = find_exercises(exercises if exercises is not None else _near(notebook.path))
    except GRUBookError as error:
        raise CheckError("no_exercises", str(error), file) from None
    questions = {cell.question for cell in notebook.cells} - {None}
    for exercise in known:
        if exercise.id == notebook.exercise or questions & {question.id for question in exercise.questions}:
            return exercise
    ids = ", ".join(exercise.id for exercise in known)
    found = f"exercise {visible(notebook.exercise)[:60]!r}" if notebook.exercise else "no answer cell of one"
    raise CheckError("not_an_exercise", f"expected a notebook of one of the exercises {ids}, got {found}", file)


def _near(path: Path) -> Path | None:
    """The exercises of the book that the notebook lies in, if it lies in one."""
    for parent in path.resolve().parents:
        if (parent / "exercises").is_dir() and list((parent / "exercises").glob("*/grader.py")):
            return parent / "exercises"
    return None


def _message(cell: Cell, exercise: Exercise) -> dict[str, Any]:
    names = {question.id: question.name for question in exercise.questions}
    question = cell.question if cell.question in names else None
    return {"index": cell.index, "source": cell.source, "question": question, "name": names.get(question or "", "")}


def _check_answer(
    notebook: Notebook, exercise: Exercise, question: FunctionQuestion, runner: NotebookRunner
) -> CheckResult:
    cells = [cell for cell in notebook.cells if cell.question == question.id]
    if not cells:
        summary = f"The answer cell of {question.id} is not in this notebook. Copy it from a fresh student notebook."
        return unanswered(exercise, question, MISSING, summary)
    if len(cells) > 1:
        places = " and ".join(str(cell.index) for cell in cells)
        summary = f"Cells {places} both answer {question.id}. Delete all but one: no one can tell which you mean."
        return unanswered(exercise, question, ERROR, summary)
    report = runner.cells.get(cells[0].index, CellReport())
    if not report.defines:
        return unanswered(exercise, question, ERROR, _why_undefined(question, report))
    return check_question(exercise, question, runner)


def _why_undefined(question: FunctionQuestion, report: CellReport) -> str:
    if report.timeout:
        return f"The answer cell of {question.id} did not end in time. Is there a loop that never ends?"
    if report.error is not None:
        place = f" in line {report.error.line}: {report.error.source}" if report.error.line is not None else ""
        return f"The answer cell of {question.id} raised {report.error}{place}"
    return f"The answer cell of {question.id} defines no function named {question.name}."
