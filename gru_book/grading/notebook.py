"""Checking a saved notebook: `gru-book check PATH`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gru_book.errors import GRUBookError
from gru_book.grading.errors import CheckError
from gru_book.grading.exercises import find_exercises
from gru_book.grading.question import check_question, unanswered
from gru_book.grading.reader import Cell, Notebook, read_notebook
from gru_book.grading.result import ERROR, MISSING, CheckResult
from gru_book.grading.runners import CellReport, CellRunner, NotebookRunner, Runner
from gru_book.grading.sources import exercise_folders
from gru_book.grading.spec import Exercise, Question, ValueQuestion
from gru_book.grading.text import show_points, visible


@dataclass(frozen=True)
class NotebookReport:
    """The results of one notebook, a question each, in the order of the exercise; `notes` on it as a whole."""

    exercise: Exercise
    path: Path
    results: tuple[CheckResult, ...]
    notes: tuple[str, ...] = ()

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
        parts = [*self.notes, *(str(result) for result in self.results)]
        total = f"{show_points(self.points)} of {show_points(self.exercise.max_points)} points"
        manual = sum(result.manual_points for result in self.results)
        more = f", and up to {show_points(manual)} that a person gives" if manual else ""
        return "\n\n".join([*parts, f"{self.exercise.title}: {total}{more}"])


def check_notebook(
    path: Path | str,
    *,
    exercises: Path | str | None = None,
    on_question: Callable[[Question], None] = lambda question: None,
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
    exercise = exercise_of(notebook, exercises)
    with contextlib.closing(NotebookRunner(messages(notebook, exercise), exercise.modules)) as runner:
        return check_cells(notebook, exercise, runner, on_question=on_question)


Ask = Callable[[Exercise, Question, Runner], CheckResult]


def check_cells(
    notebook: Notebook,
    exercise: Exercise,
    runner: CellRunner,
    *,
    ask: Ask = check_question,
    on_question: Callable[[Question], None] = lambda question: None,
) -> NotebookReport:
    """Judge every answer of a notebook whose cells `runner` holds, see `messages`; `ask` judges one."""
    answers = answer_cells(notebook, exercise)
    runner.load()
    results = []
    for question in exercise.questions:
        on_question(question)
        results.append(_check_answer(notebook, exercise, question, answers[question.id], runner, ask))
    return NotebookReport(exercise, notebook.path, tuple(results), _notes(notebook, exercise))


def messages(notebook: Notebook, exercise: Exercise) -> list[dict[str, Any]]:
    """The code cells as a runner takes them, each with the question that it answers."""
    answers = answer_cells(notebook, exercise)
    owners = {cell.index: question for question in exercise.questions for cell in answers[question.id]}
    return [_message(cell, owners.get(cell.index)) for cell in notebook.cells]


def _notes(notebook: Notebook, exercise: Exercise) -> tuple[str, ...]:
    if notebook.version == exercise.version:
        return ()
    age = "an older" if notebook.version < exercise.version else "a newer"
    return (
        f"This notebook is from {age} version of the exercise ({notebook.version}; here it is {exercise.version}). "
        f"It is checked as the exercise is here; a fresh copy has the text that belongs to it.",
    )


def answer_cells(notebook: Notebook, exercise: Exercise) -> dict[str, list[Cell]]:
    """The code cells that answer each question: those that say so, else the one cell that defines its name."""
    found = {q.id: [cell for cell in notebook.cells if cell.question == q.id] for q in exercise.questions}
    changed = {cell.question for cell in notebook.not_code}
    for question in exercise.questions:
        if not found[question.id] and question.id not in changed:
            defines = re.compile(rf"^(def {question.name}\b|{question.name}\s*=[^=])", re.MULTILINE)
            free = [c for c in notebook.cells if c.question is None and not c.setup and defines.search(c.source)]
            found[question.id] = free if len(free) == 1 else []
    return found


def exercise_of(notebook: Notebook, exercises: Path | str | None) -> Exercise:
    """The exercise that a notebook belongs to. Raises CheckError if there is none."""
    file = str(notebook.path)
    try:
        known = find_exercises(exercises if exercises is not None else _near(notebook.path))
    except GRUBookError as error:
        raise CheckError("no_exercises", str(error), file) from None
    return exercise_among(notebook, known)


def exercise_among(notebook: Notebook, known: list[Exercise]) -> Exercise:
    """The one of these exercises that a notebook belongs to. Raises CheckError if there is none."""
    file = str(notebook.path)
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
        if exercise_folders(parent / "exercises"):
            return parent / "exercises"
    return None


def _message(cell: Cell, question: Question | None) -> dict[str, Any]:
    return {
        "index": cell.index,
        "source": cell.source,
        "setup": cell.setup,
        "question": None if question is None else question.id,
        "name": "" if question is None else question.name,
        "kind": "value" if isinstance(question, ValueQuestion) else "function",
    }


def _check_answer(
    notebook: Notebook, exercise: Exercise, question: Question, cells: list[Cell], runner: CellRunner, ask: Ask
) -> CheckResult:
    if not cells:
        return unanswered(exercise, question, MISSING, _why_missing(notebook, question))
    if len(cells) > 1:
        places = " and ".join(str(cell.index) for cell in cells)
        summary = f"Cells {places} both answer {question.id}. Delete all but one: no one can tell which you mean."
        return unanswered(exercise, question, ERROR, summary)
    report = runner.cells.get(cells[0].index, CellReport())
    if not report.defines:
        if report.error is not None and report.error.type == "NotImplementedError":
            return unanswered(exercise, question, MISSING, f"Not answered yet. {report.error.message}".strip())
        return unanswered(exercise, question, ERROR, _why_undefined(question, cells[0], report))
    return _with_advice(exercise, ask(exercise, question, runner))


def _why_missing(notebook: Notebook, question: Question) -> str:
    changed = [cell for cell in notebook.not_code if cell.question == question.id]
    if changed:
        index, kind = changed[0].index, changed[0].kind
        return f"Cell {index}, which answers {question.id}, is a {kind} cell now. Make it a code cell again (press Y)."
    return f"The answer cell of {question.id} is not in this notebook. Copy it from a fresh student notebook."


def _why_undefined(question: Question, cell: Cell, report: CellReport) -> str:
    what = "variable" if isinstance(question, ValueQuestion) else "function"
    marker = re.search(r"^(<{7}|={7}|>{7})", cell.source, re.MULTILINE)
    if marker:
        line = cell.source.count("\n", 0, marker.start()) + 1
        what = f"a conflict marker of git ({marker[0]}) in line {line}"
        return f"The answer cell of {question.id} has {what}. Merge it first."
    if report.timeout:
        return f"The answer cell of {question.id} did not end in time. Is there a loop that never ends?"
    if report.error is not None:
        place = f" in line {report.error.line}: {report.error.source}" if report.error.line is not None else ""
        advice = f". {report.error.advice}" if report.error.advice else ""
        return f"The answer cell of {question.id} raised {report.error}{place}{advice}"
    return f"The answer cell of {question.id} defines no {what} named {question.name}."


def _with_advice(exercise: Exercise, result: CheckResult) -> CheckResult:
    """Where an answer needs another answer that is not there, say which."""
    missing = re.fullmatch(r"name '(\w+)' is not defined", result.error.message) if result.error is not None else None
    other = next((q for q in exercise.questions if missing and q.name == missing[1]), None)
    if other is None:
        return result
    return replace(result, summary=f"{result.summary}. That is the answer to {other.id}, whose cell did not define it.")
