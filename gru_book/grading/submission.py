"""One file to hand in: packing it, and opening what others packed.

The file is a zip of `manifest.json` and the notebooks without their outputs, named after their exercises. Its bytes
depend on what is in it alone. What is opened is trusted in nothing: names, sizes, counts and sums are checked.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gru_book.grading.errors import CheckError
from gru_book.grading.files import replace_whole
from gru_book.grading.notebook import answer_cells, exercise_of
from gru_book.grading.reader import MAX_BYTES, Notebook, read_notebook, read_tree
from gru_book.grading.spec import Exercise
from gru_book.grading.text import visible

MANIFEST = "manifest.json"
MAX_NOTEBOOKS = 100
MAX_MANIFEST = 1 << 20
MAX_FILE = 64 << 20
"""Bytes of a packed file, and of all that is in it."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time that every entry bears, the earliest that a zip can hold."""


@dataclass(frozen=True)
class Packed:
    """What was packed: the file, the exercises in it, and what looks unfinished, a sentence each."""

    path: Path
    exercises: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Submission:
    """What a packed file holds: exercise id -> the notebook's bytes, and who handed it in ("" if it does not say)."""

    notebooks: dict[str, bytes]
    student: str


def pack(
    paths: list[Path], target: Path, *, student: str = "", force: bool = False, exercises: Path | str | None = None
) -> Packed:
    """Pack notebooks into one file.

    Raises CheckError: a notebook cannot be read or belongs to no exercise, two belong to the same, or `target` is
    there already and `force` is not given.
    """
    if target.exists() and not force:
        raise CheckError("exists", "it is there already; --force replaces it", str(target))
    entries: dict[str, bytes] = {}
    warnings: list[str] = []
    versions: dict[str, int] = {}
    for path in paths:
        notebook = read_notebook(path)
        exercise = exercise_of(notebook, exercises)
        if exercise.id in entries:
            raise CheckError("twice", f"a second notebook of the exercise {exercise.id}", str(path))
        entries[exercise.id], versions[exercise.id] = _without_outputs(path), notebook.version
        warnings += [f"{path}: {words}" for words in unfinished(notebook, exercise)]
    manifest = {
        "schema": 1,
        "gru_book": version("gru-book"),
        "student": student,
        "notebooks": [
            {"exercise": name, "version": versions[name], "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(entries.items())
        ],
    }
    replace_whole(target, _zip({MANIFEST: json.dumps(manifest, indent=1).encode(), **_named(entries)}))
    return Packed(target, tuple(sorted(entries)), tuple(warnings))


def unfinished(notebook: Notebook, exercise: Exercise) -> list[str]:
    """The questions whose answer cell is missing, doubled, or as it was handed out; read, not run."""
    words = []
    for question, cells in answer_cells(notebook, exercise).items():
        if not cells:
            words.append(f"{question} has no answer cell")
        elif len(cells) > 1:
            words.append(f"{question} has {len(cells)} answer cells")
        elif re.search(rf"raise NotImplementedError\(\"{re.escape(question)}:|= None  # {re.escape(question)}:",
                       cells[0].source):  # fmt: skip
            words.append(f"{question} is not answered yet")
    return words


def _without_outputs(path: Path) -> bytes:
    tree = read_tree(path)
    for cell in tree["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        cell.pop("attachments", None)
    return (json.dumps(tree, indent=1, ensure_ascii=True) + "\n").encode()


def _named(entries: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{name}.ipynb": data for name, data in entries.items()}


def _zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return stream.getvalue()


def read_submission(path: Path | str) -> Submission:
    """Open a packed file. Raises CheckError that names the file for anything but what `pack` writes."""
    path = Path(path)

    def bad(message: str) -> CheckError:
        return CheckError("bad_submission", visible(message), str(path))

    try:
        if path.stat().st_size > MAX_FILE:
            raise bad(f"expected at most {MAX_FILE:,} bytes, got {path.stat().st_size:,}")
        with zipfile.ZipFile(path) as archive:
            files = _read_all(archive, bad)
    except OSError as error:
        raise bad(f"cannot be read: {error}") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, RuntimeError, ValueError) as error:
        raise bad(f"not a packed submission: {error}") from None
    except Exception as error:  # zlib.error and what else a broken stream may raise, all from reading this file
        if isinstance(error, CheckError):
            raise
        raise bad(f"not a packed submission: {type(error).__name__}") from None
    return _checked(files, bad)


def _read_all(archive: zipfile.ZipFile, bad: Any) -> dict[str, bytes]:
    """Every file of the archive; names are plain, no two alike, and no size is believed before it is read."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MAX_NOTEBOOKS + 1:
        raise bad(f"expected at most {MAX_NOTEBOOKS} notebooks, got {len(entries)} files")
    if len({name.casefold() for name in names}) != len(names):
        raise bad("two files in it have the same name")
    for entry in entries:
        kind = entry.external_attr >> 28
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_]{0,80}\.(ipynb|json)", entry.filename) or kind not in (0, 8):
            raise bad(f"expected plain files named after exercises, got {entry.filename[:80]!r}")
        if entry.flag_bits & 1:
            raise bad("it is encrypted")
    files: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        limit = MAX_MANIFEST if entry.filename == MANIFEST else MAX_BYTES
        with archive.open(entry) as stream:
            data = stream.read(limit + 1)
        total += len(data)
        if len(data) > limit or total > MAX_FILE:
            raise bad(f"{entry.filename} is too large")
        files[entry.filename] = data
    return files


def _checked(files: dict[str, bytes], bad: Any) -> Submission:
    try:
        manifest = json.loads(files.pop(MANIFEST))
        listed = {str(entry["exercise"]): str(entry["sha256"]) for entry in manifest["notebooks"]}
        student, schema = manifest["student"], manifest["schema"]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise bad(f"expected a {MANIFEST} that lists its notebooks") from None
    if schema != 1 or not isinstance(student, str) or len(student) > 200:
        raise bad(f"{MANIFEST}: expected schema 1 and a student's name as text")
    if {f"{name}.ipynb" for name in listed} != set(files):
        raise bad(f"{MANIFEST} lists other files than there are")
    for name, digest in listed.items():
        if hashlib.sha256(files[f"{name}.ipynb"]).hexdigest() != digest:
            raise bad(f"{name}.ipynb is not the file that {MANIFEST} lists")
    return Submission({name: files[f"{name}.ipynb"] for name in sorted(listed)}, student)
