"""A small class of the leaky exercise, and how two gradebooks are compared."""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from gru_book.grading.classroom import demo
from gru_book.grading.exercises import load_exercise
from gru_book.grading.gradebook import Gradebook
from gru_book.grading.sandbox import Sandbox, SandboxUnavailable
from gru_book.grading.spec import Exercise


@pytest.fixture(scope="session")
def leaky(built_book: Path) -> Exercise:
    """The leaky exercise, in a book that no test changes."""
    return load_exercise(built_book / "exercises" / "90_leaky")


@pytest.fixture(scope="session")
def pupils(leaky: Exercise) -> list[demo.Pupil]:
    """A class with something of everything."""
    return demo.sample(leaky, 24, seed=1, hostile=0.2, broken=0.1)


@pytest.fixture
def submissions(pupils: list[demo.Pupil], tmp_path: Path) -> Path:
    """The class's folder."""
    folder = tmp_path / "submissions"
    demo.write_class(pupils, folder)
    return folder


@pytest.fixture(scope="session")
def jail() -> str:
    """The isolation "bubblewrap"; skips where that does not work."""
    try:
        with Sandbox(("numpy",)):
            return "bubblewrap"
    except SandboxUnavailable as error:
        pytest.skip(str(error))


def rows(path: Path | str) -> list[dict[str, Any]]:
    """Everything that a gradebook says of each attempt that stands, but for times; in one order."""
    with Gradebook.open(path, create=False) as book:
        found = [
            {**asdict(recorded.attempt), "durations": None, "graded_at": None, "key": recorded.key_id}
            for recorded in book.attempts()
        ]
    return sorted(found, key=lambda row: (row["exercise"], row["student"], row["submission_hash"]))


def is_sound(path: Path) -> bool:
    """What SQLite says of the file itself."""
    with sqlite3.connect(path) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.fixture
def results():
    """Writes what a long test measured to the folder that GRU_BOOK_RESULTS names, which `make nightly` does."""
    folder = os.environ.get("GRU_BOOK_RESULTS", "")

    def write(name: str, content: dict[str, Any]) -> None:
        if folder:
            text = json.dumps({"schema": 1, **content}, indent=1, ensure_ascii=False) + "\n"
            Path(folder, f"{name}.json").write_text(text, encoding="utf-8")

    return write
