"""What an exercise's folder holds: its author's files, or, in a student edition, one sealed file in their place.

Sealing keeps an answer from being read by accident: in an editor, a search, a preview. It is no secret, since `check`
has to open it on the student's own machine; no grade rests on it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gru_book.grading.errors import ExerciseError

GRADER, SOLUTION, STUDENT = "grader.py", "solution.ipynb", "student.ipynb"
SEALED = "exercise.sealed"
MAGIC = b"gru-book sealed exercise 1\n"
MAX_BYTES = 16 << 20
"""Of a sealed file once it is open."""

Tree = dict[str, Any]


@dataclass(frozen=True)
class Parts:
    """What `check` and `reset` need of an exercise.

    Attributes:
        grader: the text of grader.py.
        solution: the code cells of solution.ipynb, without outputs.
        handed_out: the student's notebook as it is handed out.
    """

    grader: str
    solution: list[Tree]
    handed_out: Tree


def is_exercise(folder: Path) -> bool:
    """Whether `folder` holds an exercise, open or sealed."""
    return any((folder / name).is_file() for name in (GRADER, SEALED))


def exercise_folders(root: Path, number: str = "") -> list[Path]:
    """The exercises in the folder `root`, in order; with `number`, such as "05", those that bear it."""
    pattern = f"{number}_*" if number else "*"
    return [folder for folder in sorted(root.glob(pattern)) if is_exercise(folder)]


def main_file(folder: Path) -> Path:
    """grader.py, or the sealed file where there is none. Raises ExerciseError if there is neither."""
    for name in (GRADER, SEALED):
        if (folder / name).is_file():
            return folder / name
    raise ExerciseError(f"{folder / GRADER}: no such file")


def seal(parts: Parts) -> bytes:
    """The sealed file of an exercise; the same parts give the same bytes."""
    tree = {"grader": parts.grader, "solution": parts.solution, "handed_out": parts.handed_out}
    text = json.dumps(tree, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return MAGIC + _veil(zlib.compress(text, 9))


def unseal(path: Path) -> Parts:
    """The parts in a sealed file. Raises ExerciseError naming the file: it is damaged, or of another version."""
    return _unseal(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _unseal(path: str, mtime: int) -> Parts:
    data = Path(path).read_bytes()
    if not data.startswith(MAGIC):
        raise ExerciseError(f"{path}: expected an exercise sealed by this version of gru-book, got {data[:30]!r}")
    try:
        opener = zlib.decompressobj()
        text = opener.decompress(_veil(data[len(MAGIC) :]), MAX_BYTES)
        if not opener.eof or opener.unused_data:
            raise ValueError("it is cut short, or too long")
        tree = json.loads(text)
        return Parts(tree["grader"], tree["solution"], tree["handed_out"])
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise ExerciseError(f"{path}: the file is damaged ({error}); take it from the book once more") from None


def _veil(data: bytes) -> bytes:
    """`data` with each byte changed, and back."""
    stream = hashlib.shake_256(MAGIC).digest(len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")
