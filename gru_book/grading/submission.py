"""One file to hand in: packing it, and opening what others packed.

The file is a zip of `manifest.json` and the notebooks without their outputs, named after their exercises. Its bytes
depend on what is in it alone, the time in its manifest included. What is opened is trusted in nothing: names, sizes,
counts, sums and the ways of compression are checked.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from gru_book.errors import ArgumentError
from gru_book.grading.errors import CheckError, ExerciseError
from gru_book.grading.exercises import STUDENT, find_exercises
from gru_book.grading.files import replace_whole
from gru_book.grading.notebook import answer_cells, exercise_of
from gru_book.grading.reader import MAX_BYTES, Notebook, read_notebook, read_tree, unique_keys
from gru_book.grading.spec import Exercise
from gru_book.grading.text import visible

MANIFEST = "manifest.json"
MAX_NOTEBOOKS = 100
MAX_MANIFEST = 1 << 20
MAX_FILE = 64 << 20
"""Bytes of a packed file, and of all that is in it."""
MAX_ENTRY = 200
"""Bytes that an entry takes in the zip's directory, its name included."""
MAX_STUDENT = 200
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What zipfile unpacks piece by piece; of bzip2 and LZMA 600 bytes become 600 MB before a limit can be looked at."""
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
    """What a packed file holds.

    Attributes:
        notebooks: exercise id -> the notebook's bytes.
        versions: exercise id -> the version of the exercise that the notebook was made for.
        student: who handed it in; "" if it does not say.
        created: when it was packed, as the student's clock had it, in ISO 8601; proves nothing.
    """

    notebooks: dict[str, bytes]
    versions: dict[str, int]
    student: str
    created: str


def begun(exercises: Path | str | None = None) -> list[Path]:
    """The students' notebooks of the book in which a question is answered. Raises ExerciseError if there are none."""
    found = []
    for exercise in find_exercises(exercises):
        path = Path(exercise.folder) / STUDENT
        if path.is_file() and len(unfinished(read_notebook(path), exercise)) < len(exercise.questions):
            found.append(path)
    if not found:
        raise ExerciseError("nothing is answered yet; to hand it in as it is, name the notebooks or exercises")
    return found


def pack(
    paths: list[Path],
    target: Path | None = None,
    *,
    student: str = "",
    force: bool = False,
    exercises: Path | str | None = None,
    created: str | None = None,
) -> Packed:
    """Pack notebooks into one file.

    Args:
        paths: the notebooks, one for each exercise.
        target: default NAME-submission.zip in the current folder; NAME is the exercise, or "exercises" if several.
        student: a name or number, as the instructor wants it.
        force: replace `target` if it is there.
        exercises: the folder of exercises; default: that of the book around each notebook or the current folder.
        created: the time that the manifest has; default now. The same work and time give the same bytes.

    Raises:
        CheckError: a notebook cannot be read or belongs to no exercise, two belong to the same, they are too large
            together, or `target` cannot be written, or is there already and `force` is not given.
        ArgumentError: `student` is no name.
    """
    if not _is_name(student):
        raise ArgumentError("student", f"at most {MAX_STUDENT} printable characters", visible(repr(student[:40])))
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
    if target is None:
        target = Path(f"{next(iter(entries)) if len(entries) == 1 else 'exercises'}-submission.zip")
    if target.exists() and not force:
        raise CheckError("exists", "it is there already; --force replaces it", str(target))
    manifest = {
        "schema": 1,
        "gru_book": version("gru-book"),
        "created": created if created is not None else datetime.now(UTC).isoformat(timespec="seconds"),
        "student": student,
        "notebooks": [
            {"exercise": name, "version": versions[name], "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(entries.items())
        ],
    }
    data = _zip({MANIFEST: json.dumps(manifest, indent=1).encode(), **_named(entries)})
    _opened(data, _refusal(target))  # what could not be opened must not be handed in
    replace_whole(target, data)
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


def _is_name(student: object) -> bool:
    return isinstance(student, str) and len(student) <= MAX_STUDENT and student.isprintable()


def _without_outputs(path: Path) -> bytes:
    tree = read_tree(path)
    if isinstance(tree.get("metadata"), dict):
        tree["metadata"].pop("widgets", None)  # the state of widgets is output too
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
    bad = _refusal(path)
    try:
        if path.exists() and not path.is_file():
            raise bad("cannot be read: expected a plain file")
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        raise bad(f"cannot be read: {error}") from None
    if len(data) > MAX_FILE:
        raise bad(f"expected at most {MAX_FILE:,} bytes, got more")
    return _opened(data, bad)


def parse_submission(data: bytes, name: Path | str) -> Submission:
    """The same for a packed file's bytes; `name` is what an error calls it."""
    bad = _refusal(Path(name))
    if len(data) > MAX_FILE:
        raise bad(f"expected at most {MAX_FILE:,} bytes, got more")
    return _opened(data, bad)


Refusal = Callable[[str], CheckError]


def _refusal(path: Path) -> Refusal:
    return lambda message: CheckError("bad_submission", visible(message), str(path))


def _opened(data: bytes, bad: Refusal) -> Submission:
    _check_directory(data, bad)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = _read_all(archive, bad)
    except CheckError:
        raise
    except Exception as error:  # zipfile, zlib and struct raise a dozen kinds, all from reading these bytes
        raise bad(f"not a packed submission: {type(error).__name__}: {error}") from None
    return _checked(files, bad)


def _check_directory(data: bytes, bad: Refusal) -> None:
    """The zip ends with a plain end record, and its directory is small: zipfile reads all of it before it says a word.

    A zip64 locator, which stands 42 bytes before the end, would override what the end record says.
    """
    end = data[-22:]
    if len(end) < 22 or end[:4] != b"PK\5\6" or end[20:] != b"\0\0" or data[-42:-38] == b"PK\6\7":
        raise bad("not a packed submission: expected a zip file")
    count, size = struct.unpack("<HL", end[10:16])
    if count > MAX_NOTEBOOKS + 1 or size > (MAX_NOTEBOOKS + 1) * MAX_ENTRY:
        raise bad(f"expected at most {MAX_NOTEBOOKS} notebooks, got {count} files in a directory of {size:,} bytes")


def _read_all(archive: zipfile.ZipFile, bad: Refusal) -> dict[str, bytes]:
    """Every file of the archive; names are plain, no two alike, and no size is believed before it is read."""
    entries = archive.infolist()
    if len(entries) > MAX_NOTEBOOKS + 1:
        raise bad(f"expected at most {MAX_NOTEBOOKS} notebooks, got {len(entries)} files")
    if len({entry.filename.casefold() for entry in entries}) != len(entries):
        raise bad("two files in it have the same name")
    files: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        _check_entry(entry, bad)
        limit = MAX_MANIFEST if entry.filename == MANIFEST else MAX_BYTES
        with archive.open(entry) as stream:
            data = stream.read(limit + 1)
        total += len(data)
        if len(data) > limit or total > MAX_FILE:
            raise bad(f"{entry.filename} is too large")
        files[entry.filename] = data
    return files


def _check_entry(entry: zipfile.ZipInfo, bad: Refusal) -> None:
    kind = entry.external_attr >> 28  # 0 where the system keeps none, 8 for a plain file, 10 for a link
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_]{0,80}\.(ipynb|json)", entry.orig_filename)
    if not plain or kind not in (0, 8):
        raise bad(f"expected plain files named after exercises, got {entry.orig_filename[:80]!r}")
    if entry.flag_bits & 1:
        raise bad("it is encrypted")
    if entry.compress_type not in PLAIN:
        raise bad(f"{entry.filename} is compressed in another way than deflate")


def _checked(files: dict[str, bytes], bad: Refusal) -> Submission:
    """The notebooks, each with the sum that the manifest has for it."""
    student, created, listed = _manifest(files.pop(MANIFEST, b""), bad)
    if {f"{name}.ipynb" for name in listed} != set(files):
        raise bad(f"{MANIFEST} lists other files than there are")
    for name, (_, digest) in listed.items():
        if hashlib.sha256(files[f"{name}.ipynb"]).hexdigest() != digest:
            raise bad(f"{name}.ipynb is not the file that {MANIFEST} lists")
    names = sorted(listed)
    return Submission(
        {name: files[f"{name}.ipynb"] for name in names}, {name: listed[name][0] for name in names}, student, created
    )


def _manifest(data: bytes, bad: Refusal) -> tuple[str, str, dict[str, tuple[int, str]]]:
    """Student, time, and exercise id -> (version, sha256)."""
    try:
        manifest = json.loads(data, object_pairs_hook=unique_keys)
        schema, student, created = manifest["schema"], manifest["student"], manifest["created"]
        rows = [(entry["exercise"], entry["version"], entry["sha256"]) for entry in manifest["notebooks"]]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise bad(f"expected a {MANIFEST} that lists its notebooks") from None
    if type(schema) is not int or schema != 1 or not _is_name(student):
        raise bad(f"{MANIFEST}: expected schema 1 and a student's name as text")
    if not _is_name(created):
        raise bad(f"{MANIFEST}: expected the time in `created` as text")
    listed = {name: (number, digest) for name, number, digest in rows if isinstance(name, str)}
    if len(listed) != len(rows) or not all(type(number) is int for number, _ in listed.values()):
        raise bad(f"{MANIFEST}: expected each exercise once, with the number of its version")
    return student, created, listed
