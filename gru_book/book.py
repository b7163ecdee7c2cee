"""Where the book is: the folder that holds `chapters/` and `exercises/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gru_book.errors import GRUBookError

PARTS = ("chapters", "exercises")
"""The folders that make a folder the book."""


class BookNotFoundError(GRUBookError):
    """No folder with `chapters/` and `exercises/` was found."""


def is_book(folder: Path) -> bool:
    """Whether `folder` holds both parts of the book."""
    return all((folder / part).is_dir() for part in PARTS)


def find_book(start: str | Path | None = None) -> Path:
    """The book's folder.

    Args:
        start: a folder of the book, or any folder or file inside it. None looks from the current folder
            upward, then beside the package, which finds the book of an editable install.

    Returns:
        The absolute path of the nearest folder that holds `chapters/` and `exercises/`.

    Raises:
        BookNotFoundError: there is none; the message says where the search began.
    """
    for folder in _candidates(start):
        if is_book(folder):
            return folder
    place = Path.cwd() if start is None else Path(start).expanduser()
    if start is not None and not place.exists():
        raise BookNotFoundError(f"{place}: there is no such folder")
    raise BookNotFoundError(
        f"{place}: no folder with chapters/ and exercises/ here or above; "
        "get the book's files with git, then run this inside them or name them with --book"
    )


def _candidates(start: str | Path | None) -> Iterator[Path]:
    first = (Path.cwd() if start is None else Path(start).expanduser()).resolve()
    yield first
    yield from first.parents
    if start is None:
        yield Path(__file__).resolve().parent.parent
