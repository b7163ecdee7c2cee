"""The student edition: the book without its answers, as a folder and as a zip, `gru-book release OUT`.

What is in it: the chapters, the library with `check`, the set-up, and of each exercise the notebook as it is handed
out and one sealed file. What is not: the exercises' sources, solutions and lists of right and wrong answers, the
tests, anybody's progress.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

from gru_book.grading.authoring import read_source, solution_notebook, student_notebook
from gru_book.grading.errors import ExerciseError
from gru_book.grading.exercises import find_exercises
from gru_book.grading.files import replace_whole
from gru_book.grading.reference import code_cells
from gru_book.grading.sources import GRADER, SEALED, SOLUTION, STUDENT, Parts, exercise_folders, seal
from gru_book.grading.spec import Exercise

MANIFEST = "edition.json"
README = Path(__file__).parent / "templates" / "edition.md"
FILES = ("pyproject.toml", "constraints.txt", "Makefile", "LICENSE", "LICENSE-prose", "SECURITY.md", ".gitignore")
FOLDERS = ("gru_book", "chapters", "tools")
LEFT_OUT = (
    "__pycache__",
    ".ipynb_checkpoints",
    ".progress",
    ".jupyter",
    ".mypy_cache",
    ".ruff_cache",
    "*.pyc",
    "*.tmp",
    "*.before-reset-*",
    "torch_gates",
)
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time that every entry of the zip bears, so that the same book gives the same bytes."""


@dataclass(frozen=True)
class Edition:
    """What was written: the folder, its zip, the exercises in it, and how many files it has."""

    folder: Path
    zip: Path
    exercises: tuple[str, ...]
    files: int


def release(book: Path, out: Path, *, force: bool = False, progress: bool = False) -> Edition:
    """Write the student edition of `book` to the folder `out` and to `out`.zip.

    Both appear whole or not at all. The same book gives the same bytes.

    Args:
        book: the project's folder, with the library beside the chapters.
        out: a folder that is not there, or is empty; with `force` also one that an earlier release made.
        progress: show a bar.

    Raises:
        ExerciseError: the book is incomplete, an exercise cannot be read or its solution is not its source's,
            `out` holds something else, lies in a folder that is copied, or cannot be written.
    """
    out = Path(os.path.abspath(out.expanduser()))
    archive = out.with_name(out.name + ".zip")
    _check_book(book)
    _check_target(book, out, archive, force)
    exercises = find_exercises(book / "exercises")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as beside:
            made = Path(beside) / out.name
            for step in tqdm(list(_steps(book, exercises)), desc="release", disable=not progress, leave=False):
                step.write(made)
            files = sorted(path for path in made.rglob("*") if path.is_file())
            data = _zipped(made, files)
            if out.exists():
                out.rename(Path(beside) / "before")
            made.rename(out)
        replace_whole(archive, data)
    except OSError as error:
        raise ExerciseError(f"{error.filename or out}: cannot be written: {error.strerror or error}") from None
    return Edition(out, archive, tuple(exercise.id for exercise in exercises), len(files))


@dataclass(frozen=True)
class _Step:
    """A part of the edition, at the path `place`: a copy of `source`, or `data`."""

    place: str
    source: Path | None = None
    data: bytes = b""

    def write(self, edition: Path) -> None:
        target = edition / self.place
        target.parent.mkdir(parents=True, exist_ok=True)
        if self.source is None:
            target.write_bytes(self.data)
        elif self.source.is_dir():
            shutil.copytree(self.source, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
        else:
            shutil.copy2(self.source, target)


def _steps(book: Path, exercises: list[Exercise]) -> Iterator[_Step]:
    for name in (*FOLDERS, *FILES):
        yield _Step(name, book / name)
    yield _Step("README.md", README)
    for exercise in exercises:
        parts = parts_of(Path(exercise.folder))
        yield _Step(f"exercises/{exercise.id}/{SEALED}", data=seal(parts))
        yield _Step(f"exercises/{exercise.id}/{STUDENT}", data=_json(parts.handed_out))
    versions = {exercise.id: exercise.version for exercise in exercises}
    manifest = {"schema": 1, "gru_book": version("gru-book"), "exercises": versions}
    yield _Step(MANIFEST, data=_json(manifest))


def parts_of(folder: Path) -> Parts:
    """What a student edition needs of an exercise whose author's files are here.

    Raises ExerciseError: a file is missing, or the solution notebook is not the one of exercise.md.
    """
    from gru_book.notebooks.nodes import to_json

    source = read_source(folder)
    handed_out = student_notebook(source)
    handed_out.metadata.pop("jupytext", None)
    if not (folder / SOLUTION).is_file():
        raise ExerciseError(f"{folder / SOLUTION}: no such file; `gru-book author build {folder.name}` writes it")
    solution = [{**cell, "outputs": [], "execution_count": None} for cell in code_cells(folder / SOLUTION)]
    expected = [cell.source for cell in solution_notebook(source).cells if cell.cell_type == "code"]
    if ["".join(cell["source"]) for cell in solution] != expected:
        raise ExerciseError(
            f"{folder / SOLUTION}: not made from exercise.md as it is; `gru-book author build {folder.name}` mends it"
        )
    return Parts((folder / GRADER).read_text(encoding="utf-8"), solution, json.loads(to_json(handed_out)))


def _json(tree: object) -> bytes:
    return (json.dumps(tree, indent=1, ensure_ascii=False) + "\n").encode()


def _check_book(book: Path) -> None:
    for name in (*FOLDERS, *FILES):
        if not (book / name).exists():
            raise ExerciseError(f"{book / name}: not there; a student edition is made from the whole project's folder")
    sealed = [folder for folder in exercise_folders(book / "exercises") if not (folder / GRADER).is_file()]
    if sealed:
        raise ExerciseError(f"{sealed[0] / SEALED}: this is a student edition itself; make one from the author's book")


def _check_target(book: Path, out: Path, archive: Path, force: bool) -> None:
    for name in (*FOLDERS, "exercises"):
        if out.resolve().is_relative_to((book / name).resolve()):
            raise ExerciseError(f"{out}: lies in {book / name}, which the edition is made from; name another folder")
    if book.resolve().is_relative_to(out.resolve()):
        raise ExerciseError(f"{out}: holds the book itself; name another folder")
    if out.exists() and not out.is_dir():
        raise ExerciseError(f"{out}: expected a folder or nothing, got a file")
    if out.is_dir() and any(out.iterdir()):
        if not (out / MANIFEST).is_file():
            raise ExerciseError(f"{out}: expected an empty folder or none, got one with other files in it")
        if not force:
            raise ExerciseError(f"{out}: an edition is here already; --force replaces it, and all that is in it")
    if archive.exists() and not force:
        raise ExerciseError(f"{archive}: is here already; --force replaces it")


def _zipped(folder: Path, files: list[Path]) -> bytes:
    """The zip of an edition, in one folder of its name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in files:
            entry = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
            packed.writestr(entry, path.read_bytes())
    return stream.getvalue()
