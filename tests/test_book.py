"""Finding the book's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from gru_book.book import BookNotFoundError, find_book
from gru_book.errors import GRUBookError

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A folder named with a space and a letter that is not ASCII, as a reader's may be."""
    folder = tmp_path / "my bük"
    for part in ("chapters", "exercises/05_x"):
        (folder / part).mkdir(parents=True)
    return folder


def test_a_folder_of_the_book_finds_it(book: Path) -> None:
    for inside in (book, book / "chapters", book / "exercises" / "05_x"):
        assert find_book(inside) == book
        assert find_book(str(inside)) == book


def test_the_current_folder_goes_before_the_package(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(book / "chapters")
    assert find_book() == book


def test_an_editable_install_finds_its_own_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_book() == REPOSITORY


def test_a_named_folder_is_not_replaced_by_another_book(tmp_path: Path) -> None:
    (tmp_path / "chapters").mkdir()  # one part of the two is no book
    with pytest.raises(BookNotFoundError, match="no folder with chapters/ and exercises/"):
        find_book(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(GRUBookError, match="absent: there is no such folder"):
        find_book(tmp_path / "absent")
