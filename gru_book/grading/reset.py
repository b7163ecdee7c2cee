"""Putting stubs back into a student's notebook; what the student wrote is kept beside it first."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gru_book.grading.authoring import read_source, student_notebook
from gru_book.grading.errors import CheckError
from gru_book.grading.files import keep_copy, replace_whole
from gru_book.grading.notebook import answer_cells, exercise_of
from gru_book.grading.reader import Notebook, question_of, read_notebook, read_tree
from gru_book.grading.sources import SEALED, main_file, unseal
from gru_book.grading.spec import Exercise

Cell = dict[str, Any]

MINOR_WITH_IDS = 5
"""Before format 4.5 a cell has no id, and one that has is not valid."""


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
        CheckError: the notebook cannot be read or written, belongs to no exercise, changes meanwhile, or the
            exercise has no such question.
        ExerciseError: the exercise has neither an exercise.md nor a sealed file.
    """
    path = Path(path).resolve()  # of a link, the file that it leads to
    notebook = read_notebook(path)
    before = path.read_bytes()
    exercise = exercise_of(notebook, exercises)
    ids = [q.id for q in exercise.questions]
    if question is not None and question not in ids:
        message = f"expected one of the questions {', '.join(ids)}, got {question!r}"
        raise CheckError("no_question", message, str(notebook.path))
    restored = fresh = handed_out(exercise)
    if question is not None:
        restored = read_tree(path)
        own = _places(notebook, exercise, question)
        restored["cells"] = with_stub(restored["cells"], fresh["cells"], question, own)
        minor = restored.get("nbformat_minor")
        if type(minor) is not int or minor < MINOR_WITH_IDS:
            _without_ids(restored["cells"])
    kept = keep_copy(path, "before-reset")
    if not before == kept.read_bytes() == path.read_bytes():
        raise CheckError("changed", "it was saved while it was being reset; nothing was reset, try again", str(path))
    replace_whole(path, _bytes(restored))
    return Reset(path, kept, (question,) if question else tuple(ids))


def _bytes(tree: dict[str, Any]) -> bytes:
    """The file of a notebook, as Jupyter writes it; half a character, which UTF-8 cannot hold, stays escaped."""
    try:
        return (json.dumps(tree, indent=1, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:
        return (json.dumps(tree, indent=1) + "\n").encode()


def handed_out(exercise: Exercise) -> dict[str, Any]:
    """The student's notebook as it was handed out, made from exercise.md once more, or taken from the sealed file.

    Not read from student.ipynb: that may be the very file that the student works in.
    """
    from gru_book.notebooks.nodes import to_json

    file = main_file(Path(exercise.folder))
    if file.name == SEALED:
        return copy.deepcopy(unseal(file).handed_out)
    notebook = student_notebook(read_source(Path(exercise.folder)))
    notebook.metadata.pop("jupytext", None)
    tree: dict[str, Any] = json.loads(to_json(notebook))
    return tree


def _places(notebook: Notebook, exercise: Exercise, question: str) -> set[int]:
    """Where the answer stands, from 0: code cells, and those that became text."""
    changed = [cell for cell in notebook.not_code if cell.question == question]
    return {cell.index - 1 for cell in [*answer_cells(notebook, exercise)[question], *changed]}


def _without_ids(cells: list[Cell]) -> None:
    for cell in cells:
        cell.pop("id", None)


def with_stub(cells: list[Cell], fresh: list[Cell], question: str, own: set[int]) -> list[Cell]:
    """`cells` with the answer cell of `question` as in `fresh` in place of the cells `own`, at its place, once."""
    stub = copy.deepcopy(next(cell for cell in fresh if question_of(cell) == question))
    others = [cell for index, cell in enumerate(cells) if index not in own]
    at = min(own) if own else _place(others, fresh, question)
    return [*others[:at], stub, *others[at:]]


def _place(cells: list[Cell], fresh: list[Cell], question: str) -> int:
    """Where a missing cell belongs: after the nearest cell before it that is still there, else before the next."""
    ids = {cell["id"]: index for index, cell in enumerate(cells) if isinstance(cell.get("id"), str)}
    order = [cell["id"] for cell in fresh]
    own = next(index for index, cell in enumerate(fresh) if question_of(cell) == question)
    before = [ids[name] for name in order[:own] if name in ids]
    after = [ids[name] for name in order[own:] if name in ids]
    return before[-1] + 1 if before else next(iter(after), len(cells))
