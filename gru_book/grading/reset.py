"""Putting stubs back into a student's notebook; what the student wrote is kept beside it first."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gru_book.grading.errors import CheckError, ExerciseError
from gru_book.grading.files import keep_copy, replace_whole
from gru_book.grading.notebook import exercise_of
from gru_book.grading.reader import question_of, read_notebook, read_tree
from gru_book.grading.spec import Exercise

Cell = dict[str, Any]


@dataclass(frozen=True)
class Reset:
    """What was done: the notebook, where the version before it is kept, and the questions that are stubs again."""

    path: Path
    kept: Path
    questions: tuple[str, ...]


def reset(path: Path | str, question: str | None = None, *, exercises: Path | str | None = None) -> Reset:
    """Restore the stub of `question` in a notebook, or without it the whole notebook as it was handed out.

    The notebook as it is goes to a file beside it first, whose name has the time in it and is never one that exists.
    Of one question only its answer cell changes: a cell that is missing comes back at its place, one that stands
    twice becomes one, one that was made a text cell becomes code again.

    Raises:
        CheckError: the notebook cannot be read, belongs to no exercise, or the exercise has no such question.
        ExerciseError: the exercise has no student.ipynb.
    """
    notebook = read_notebook(path)
    exercise = exercise_of(notebook, exercises)
    ids = [q.id for q in exercise.questions]
    if question is not None and question not in ids:
        message = f"expected one of the questions {', '.join(ids)}, got {question!r}"
        raise CheckError("no_question", message, str(notebook.path))
    fresh = _fresh(exercise)
    if question is None:
        restored = fresh
    else:
        restored = read_tree(notebook.path)
        restored["cells"] = with_stub(restored["cells"], fresh["cells"], question)
    kept = keep_copy(notebook.path, "before-reset")
    replace_whole(notebook.path, (json.dumps(restored, indent=1, ensure_ascii=False) + "\n").encode())
    return Reset(notebook.path, kept, (question,) if question else tuple(ids))


def _fresh(exercise: Exercise) -> dict[str, Any]:
    path = Path(exercise.folder) / "student.ipynb"
    if not path.is_file():
        raise ExerciseError(f"{path}: no such file; `gru-book author build {exercise.id}` writes it")
    tree: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return tree


def with_stub(cells: list[Cell], fresh: list[Cell], question: str) -> list[Cell]:
    """`cells` with the answer cell of `question` as in `fresh`, at its place, once."""
    stub = copy.deepcopy(next(cell for cell in fresh if question_of(cell) == question))
    places = [index for index, cell in enumerate(cells) if question_of(cell) == question]
    others = [cell for cell in cells if question_of(cell) != question]
    at = places[0] if places else _place(others, fresh, question)
    return [*others[:at], stub, *others[at:]]


def _place(cells: list[Cell], fresh: list[Cell], question: str) -> int:
    """Where a missing cell belongs: after the nearest cell before it that is still there."""
    ids = {cell.get("id"): index for index, cell in enumerate(cells) if cell.get("id")}
    order = [cell.get("id") for cell in fresh]
    own = next(index for index, cell in enumerate(fresh) if question_of(cell) == question)
    before = [ids[name] for name in order[:own] if name in ids]
    return before[-1] + 1 if before else len(cells)
