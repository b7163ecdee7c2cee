"""Where a gradebook is: a file, or a PostgreSQL database by its URL; shown with the password masked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError as URLError

from gru_book.errors import ArgumentError
from gru_book.grading.text import visible

EXPECTED = "a file, or postgresql://USER@HOST/DATABASE"
POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True)
class Address:
    """A gradebook's place.

    Attributes:
        path: the SQLite file; None for a server.
        url: the server; None for a file.
        read_only: the address itself forbids writing (``?mode=ro``).
    """

    path: Path | None = None
    url: URL | None = None
    read_only: bool = False

    def __str__(self) -> str:
        if self.url is None:
            return visible(str(self.path))
        return visible(masked(self.url.set(drivername="postgresql").render_as_string(hide_password=False)))

    __repr__ = __str__  # a dataclass's own would show the password


def parse(text: str | Path) -> Address:
    """The address that `text` names. Raises ArgumentError: it is neither a file nor a PostgreSQL URL."""
    if isinstance(text, Path) or "://" not in text:
        if not str(text) or "\0" in str(text):
            raise ArgumentError("gradebook", EXPECTED, repr(str(text)))
        return Address(path=Path(text))
    try:
        url = make_url(text)
    except (URLError, ValueError):  # ValueError: a port that is no number
        raise ArgumentError("gradebook", EXPECTED, visible(masked(text))) from None
    if url.drivername == "sqlite" and url.database and url.database != ":memory:" and not url.host:
        return Address(path=Path(url.database), read_only=url.query.get("mode") == "ro")
    if url.drivername in POSTGRESQL:
        return Address(url=url.set(drivername="postgresql+psycopg"))
    raise ArgumentError("gradebook", EXPECTED, visible(masked(text)))


def masked(text: str) -> str:
    """`text` with every password in a URL replaced by `***`: before the @, and in the query."""
    text = re.sub(r"(://[^/?#:@]*):[^/?#]*@", r"\1:***@", text)
    return re.sub(r"(?i)\b(password|passfile|sslpassword)=[^&\s]*", r"\1=***", text)
