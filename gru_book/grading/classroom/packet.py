"""An exercise as bytes, so that a grader on another machine judges by the very same one.

A worker keeps the packets that it was sent in its user's cache, under the hash of their bytes.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from platformdirs import user_cache_path

from gru_book.grading.exercises import load_exercise
from gru_book.grading.files import replace_whole
from gru_book.grading.reference import code_cells, read_reference
from gru_book.grading.sources import GRADER, SEALED, SOLUTION, Parts, main_file, seal
from gru_book.grading.spec import Exercise


@dataclass(frozen=True)
class Packet:
    """An exercise's sealed file.

    Attributes:
        id, version: the exercise's.
        digest: SHA-256 of `data`, hexadecimal: two gradings with the same digest judged by the same exercise.
        cases: how many seeds it takes.
        modules: what its answers import.
    """

    id: str
    version: int
    digest: str
    cases: int
    modules: tuple[str, ...]
    data: bytes = field(repr=False)


def packet_of(exercise: Exercise) -> Packet:
    """The packet of an exercise that was loaded from its folder. Raises ExerciseError: its solution is missing."""
    read_reference(exercise)
    folder = Path(exercise.folder)
    path = main_file(folder)
    if path.name == SEALED:
        data = path.read_bytes()
    else:
        solution = [{**cell, "outputs": [], "execution_count": None} for cell in code_cells(folder / SOLUTION)]
        data = seal(Parts((folder / GRADER).read_text(encoding="utf-8"), solution, {}))
    digest = hashlib.sha256(data).hexdigest()
    return Packet(exercise.id, exercise.version, digest, len(exercise.questions), exercise.modules, data)


@lru_cache(maxsize=16)
def opened(packet: Packet) -> Exercise:
    """The exercise in a packet, ready to judge."""
    folder = _shelf() / packet.digest[:32] / packet.id
    path = folder / SEALED
    if not path.is_file() or path.read_bytes() != packet.data:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_whole(path, packet.data)
    return load_exercise(folder)


@lru_cache(maxsize=1)
def _shelf() -> Path:
    """A folder of this user's own; one that ends with this process if the cache cannot be written."""
    chosen = os.environ.get("GRU_BOOK_CACHE", "")
    cache = Path(chosen).expanduser().absolute() if chosen else user_cache_path("gru-book")
    shelf = cache / "grading"
    try:
        shelf.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=shelf):
            return shelf
    except OSError:
        return Path(tempfile.mkdtemp(prefix="gru-book-grading-"))
