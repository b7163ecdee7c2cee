"""Finding and loading exercise folders."""

from __future__ import annotations

import importlib.util
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from gru_book.book import find_book
from gru_book.grading.errors import ExerciseError
from gru_book.grading.spec import Exercise, Question

STUDENT = "student.ipynb"
"""The student's notebook in an exercise's folder."""


def exercises_folder(root: Path | str | None = None) -> Path:
    """`root` if given, else the `exercises` folder of the book around the current folder."""
    return Path(root) if root is not None else find_book() / "exercises"


def find_exercises(root: Path | str | None = None) -> list[Exercise]:
    """All exercises below `root`, in order. Raises ExerciseError naming the folder if there is none."""
    folder = exercises_folder(root)
    graders = sorted(folder.glob("*/grader.py"))
    if not graders:
        raise ExerciseError(f"{folder}: no exercise here (expected folders with a grader.py)")
    return [load_exercise(grader.parent) for grader in graders]


def load_exercise(folder: Path | str) -> Exercise:
    """The exercise of one folder. Raises ExerciseError if its grader.py is missing or broken."""
    path = Path(folder).resolve() / "grader.py"
    if not path.is_file():
        raise ExerciseError(f"{path}: no such file")
    return _load(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _load(path: str, mtime: int) -> Exercise:
    module = _import(Path(path))
    exercise = getattr(module, "exercise", None)
    if not isinstance(exercise, Exercise):
        raise ExerciseError(f"{path}: expected a variable `exercise` that is an Exercise")
    folder = Path(path).parent
    if exercise.id != folder.name:
        raise ExerciseError(f"{path}: the exercise's id {exercise.id!r} is not its folder's name {folder.name!r}")
    object.__setattr__(exercise, "folder", str(folder))
    return exercise


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"_gru_book_exercise_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    except ExerciseError:
        raise
    except Exception as error:
        raise ExerciseError(f"{path}: {type(error).__name__}: {error}") from error
    finally:
        sys.dont_write_bytecode = writes_bytecode
    return module


def notebook_at(path: Path, root: Path | str | None = None) -> Path:
    """The notebook that a user means: a file; or, of an exercise's folder or its bare name, the student's."""
    if path.is_dir() and (path / "grader.py").is_file():
        return path / STUDENT
    if path.exists() or path.suffix or len(path.parts) != 1:
        return path
    folder = exercises_folder(root) / path
    return folder / STUDENT if (folder / "grader.py").is_file() else path


def find_question(question_id: str, root: Path | str | None = None) -> tuple[Exercise, Question] | None:
    """The question of that id and its exercise; loads only the folder whose number fits. None if there is none."""
    number = str(question_id).split(".")[0]
    if not number.isdigit():
        return None
    for grader in sorted(exercises_folder(root).glob(f"{number}_*/grader.py")):
        exercise = load_exercise(grader.parent)
        if any(question.id == question_id for question in exercise.questions):
            return exercise, exercise.question(question_id)
    return None
