"""Finding and loading exercise folders."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from types import ModuleType

from gru_book.book import find_book
from gru_book.grading.errors import ExerciseError
from gru_book.grading.sources import GRADER, STUDENT, exercise_folders, is_exercise, main_file, unseal
from gru_book.grading.spec import Exercise, Question

__all__ = ["STUDENT", "exercises_folder", "find_exercises", "find_question", "load_exercise", "notebook_at"]


def exercises_folder(root: Path | str | None = None) -> Path:
    """`root` if given, else the `exercises` folder of the book around the current folder."""
    return Path(root) if root is not None else find_book() / "exercises"


def find_exercises(root: Path | str | None = None) -> list[Exercise]:
    """All exercises below `root`, in order. Raises ExerciseError naming the folder if there is none."""
    folder = exercises_folder(root)
    found = exercise_folders(folder)
    if not found:
        raise ExerciseError(f"{folder}: no exercise here (expected folders with a grader.py)")
    return [load_exercise(one) for one in found]


def load_exercise(folder: Path | str) -> Exercise:
    """The exercise of one folder. Raises ExerciseError if its grader.py is missing or broken."""
    path = main_file(Path(folder).resolve())
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
    module = ModuleType(f"_gru_book_exercise_{path.parent.name}")
    module.__file__ = str(path)
    text = path.read_text(encoding="utf-8") if path.name == GRADER else unseal(path).grader
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
    except ExerciseError:
        raise
    except Exception as error:
        raise ExerciseError(f"{path}: {type(error).__name__}: {error}") from error
    return module


def notebook_at(path: Path, root: Path | str | None = None) -> Path:
    """The notebook that a user means: a file; or, of an exercise's folder or its bare name, the student's."""
    if path.is_dir() and is_exercise(path):
        return path / STUDENT
    if path.exists() or path.suffix or len(path.parts) != 1:
        return path
    folder = exercises_folder(root) / path
    return folder / STUDENT if is_exercise(folder) else path


def find_question(question_id: str, root: Path | str | None = None) -> tuple[Exercise, Question] | None:
    """The question of that id and its exercise; loads only the folder whose number fits. None if there is none."""
    number = str(question_id).split(".")[0]
    if not number.isdigit():
        return None
    for folder in exercise_folders(exercises_folder(root), number):
        exercise = load_exercise(folder)
        if any(question.id == question_id for question in exercise.questions):
            return exercise, exercise.question(question_id)
    return None
