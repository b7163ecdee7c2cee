"""A book with one small exercise that has nothing to do with GRUs, since the engine knows none; and a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgresql import Server

from gru_book.grading.authoring import build
from gru_book.grading.exercises import load_exercise
from gru_book.grading.spec import Exercise

SOURCES = Path(__file__).parent / "leaky_exercise"


@pytest.fixture(scope="session")
def built_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book folder whose exercise 90_leaky is built."""
    book = tmp_path_factory.mktemp("book")
    (book / "chapters").mkdir()
    folder = book / "exercises" / "90_leaky"
    shutil.copytree(SOURCES, folder)
    build(folder)
    return book


@pytest.fixture
def book(built_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the book of one's own, which is the current folder."""
    book = tmp_path / "book"
    shutil.copytree(built_book, book)
    monkeypatch.chdir(book)
    monkeypatch.delenv("GRU_BOOK_PROGRESS", raising=False)
    return book


@pytest.fixture
def exercise(book: Path) -> Exercise:
    return load_exercise(book / "exercises" / "90_leaky")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server, stopped and removed at the end."""
    server = Server()
    try:
        yield server
    finally:
        server.remove()
