"""An empty gradebook in each of the two databases: the same tests run over both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgresql import Server

from gru_book.grading.gradebook import Gradebook


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a gradebook can be made: a file, and a schema of a server."""
    if request.param == "sqlite":
        return str(tmp_path / "gradebook.db")
    server: Server = request.getfixturevalue("server")
    return server.schema()


@pytest.fixture
def book(place: str) -> Iterator[Gradebook]:
    """An empty gradebook."""
    with Gradebook.open(place) as book:
        yield book
