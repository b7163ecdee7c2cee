"""A new exercise folder with one small question that already passes its own proof."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from gru_book.grading.errors import ExerciseError
from gru_book.grading.headings import headings

TEMPLATE = Path(__file__).parent / "scaffold"
"""The files of a new exercise; NUMBER, NAME, SECTION and TITLE stand for what they say."""


def scaffold(name: str, title: str, exercises: Path) -> Path:
    """Make the folder `exercises/NAME`, whole or not at all; returns it.

    Raises ExerciseError if the name is not like 05_gru_forward, the title is no line of text, the folder or another
    of its number is there, or it cannot be written.
    """
    if not re.fullmatch(r"[0-9]{2}_[a-z][a-z0-9_]*", name):
        raise ExerciseError(f"expected a name such as 05_gru_forward, got {name!r}")
    if not title.strip() or not title.isprintable():
        raise ExerciseError(f"expected a title in one line, got {title!r}")
    number = name[:2]
    taken = sorted(exercises.glob(f"{number}_*"))
    if taken:
        raise ExerciseError(f"{taken[0]}: the number {number} is taken")
    words = {"NUMBER": number, "NAME": name, "SECTION": _section(name, exercises.parent / "chapters"), "TITLE": title}
    try:
        exercises.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=exercises, prefix=".new-") as temporary:
            folder = Path(temporary) / name
            _fill(folder, words)
            os.rename(folder, exercises / name)  # fails, rather than moves inside, if it was made meanwhile
    except OSError as error:
        raise ExerciseError(f"{exercises / name}: cannot be written: {error.strerror}") from None
    return exercises / name


def _fill(folder: Path, words: dict[str, str]) -> None:
    for source in sorted(TEMPLATE.rglob("*.txt")):
        target = folder / source.relative_to(TEMPLATE).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(word, _quoted(value) if target.suffix == ".py" else value)
        target.write_text(text, encoding="utf-8")


def _quoted(value: str) -> str:
    """As it stands between double quotes in Python."""
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _section(name: str, chapters: Path) -> str:
    """A section that is there to read again: of the exercise's own chapter, else of another."""
    for chapter in [chapters / f"{name}.md", *sorted(chapters.glob("[0-9][0-9]_*.md"))]:
        found = headings(chapter.read_text(encoding="utf-8")) if chapter.is_file() else []
        if found:
            first = next((heading for heading in found if heading.level > 1), found[0])
            return f"{chapter.stem}#{first.anchor}"
    return f"{name}#the-idea"
