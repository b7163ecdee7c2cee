"""A new exercise folder with one small question that already passes its own proof."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from gru_book.grading.errors import ExerciseError

TEMPLATE = Path(__file__).parent / "scaffold"
"""The files of a new exercise; NUMBER, NAME and TITLE stand for what they say."""


def scaffold(name: str, title: str, exercises: Path) -> Path:
    """Make the folder `exercises/NAME`, whole or not at all; returns it.

    Raises ExerciseError if the name is not like 05_gru_forward or the folder, or another of its number, is there.
    """
    if not re.fullmatch(r"[0-9]{2}_[a-z][a-z0-9_]*", name):
        raise ExerciseError(f"expected a name such as 05_gru_forward, got {name!r}")
    number = name[:2]
    taken = sorted(exercises.glob(f"{number}_*"))
    if taken:
        raise ExerciseError(f"{taken[0]}: the number {number} is taken")
    exercises.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=exercises, prefix=".new-") as temporary:
        folder = Path(temporary) / name
        for source in sorted(TEMPLATE.rglob("*.txt")):
            target = folder / source.relative_to(TEMPLATE).with_suffix("")
            target.parent.mkdir(parents=True, exist_ok=True)
            text = source.read_text(encoding="utf-8")
            for word, value in (("NUMBER", number), ("NAME", name), ("TITLE", title)):
                text = text.replace(word, value)
            target.write_text(text, encoding="utf-8")
        shutil.move(folder, exercises / name)
    return exercises / name
