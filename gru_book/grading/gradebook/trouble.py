"""A database's errors in words: one line that names the file or address, and what to do.

| kind | what it means |
|---|---|
| `missing` | there is no gradebook there |
| `not_a_gradebook` | a file that is no SQLite database, or another program's database |
| `newer` | written by a newer gru_book |
| `damaged` | SQLite finds the file malformed |
| `disk_full`, `read_only`, `permission`, `file` | it cannot be written, not be opened, or the disk fails |
| `locked` | another process has it for longer than the time to wait |
| `away` | the server does not answer, or ended the connection |
| `login` | the server refuses user, password or database |
| `rule` | a row breaks a rule of the schema: a mistake in gru_book |
| `lease_held`, `lease_lost` | another grader works on the run |
| `needs` | a package is missing |
| `other` | something else that the database says |
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gru_book.grading.gradebook.address import Address, masked
from gru_book.grading.gradebook.errors import GradebookError
from gru_book.grading.text import visible

SAFE = "What was recorded before is safe"
SQLITE = {
    "SQLITE_FULL": ("disk_full", "no room left to write", f"{SAFE}; make room, then run the same command again"),
    "SQLITE_IOERR": (
        "file",
        "the disk refuses to read or write",
        f"{SAFE}; look for a full or failing disk or a limit on file sizes (ulimit -f), then run it again",
    ),
    "SQLITE_READONLY": (
        "read_only",
        "is read-only",
        "Make the file and its folder writable (chmod u+w), or name another with --gradebook",
    ),
    "SQLITE_PERM": ("permission", "this user may not open it", "Ask its owner, or name another with --gradebook"),
    "SQLITE_CANTOPEN": (
        "permission",
        "cannot be opened",
        "Its folder must be there and writable: SQLite keeps two files beside it",
    ),
    "SQLITE_BUSY": (
        "locked",
        "another process is writing and does not finish",
        "End it or wait, then run the same command again",
    ),
    "SQLITE_LOCKED": ("locked", "another connection of this process is writing", "Run the same command again"),
    "SQLITE_NOTADB": (
        "not_a_gradebook",
        "is no SQLite database",
        "Name another file with --gradebook; this one was not changed",
    ),
    "SQLITE_CORRUPT": (
        "damaged",
        "is damaged",
        "Restore a copy; or save what can be read with: sqlite3 FILE .recover",
    ),
    "SQLITE_CONSTRAINT": ("rule", "a row breaks a rule of the schema", "Nothing was written; please report this"),
}
"""By SQLite's primary code; the extended ones, such as SQLITE_IOERR_WRITE, begin with it."""
POSTGRESQL = {
    "08": ("away", "the server ended the connection", f"{SAFE}; run the same command again when it is back"),
    "57P": ("away", "the server is stopping or starting", f"{SAFE}; run the same command again when it is back"),
    "53100": ("disk_full", "the server's disk is full", f"{SAFE}; make room there, then run the same command again"),
    "53": ("away", "the server has no room for another connection or more memory", "Try again later"),
    "25006": ("read_only", "the server lets nobody write", "Name the primary server, not a read-only copy"),
    "42501": ("permission", "this user may not do that there", "Ask for the right to create and write tables"),
    "28": (
        "login",
        "the server refuses the user or the password",
        "Look at the address; PGPASSWORD or ~/.pgpass hold it",
    ),
    "3D": ("login", "there is no such database", "Make it on the server: createdb NAME"),
    "55P03": (
        "locked",
        "another process is writing and does not finish",
        "End it or wait, then run the same command again",
    ),
    "40": ("locked", "another process got in the way", "Run the same command again"),
    "XX001": ("damaged", "the server finds its data damaged", "Restore a backup"),
    "XX002": ("damaged", "the server finds an index damaged", "Restore a backup, or REINDEX"),
    "23": ("rule", "a row breaks a rule of the schema", "Nothing was written; please report this"),
}
"""By the beginning of the SQLSTATE; the longest that fits counts."""


@contextlib.contextmanager
def told(address: Address) -> Iterator[None]:
    """Raise what a database raises inside as a GradebookError that names `address`."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise in_words(error, address) from None


def in_words(error: SQLAlchemyError | sqlite3.Error, address: Address) -> GradebookError:
    """The GradebookError for what a database raised."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, sqlite3.Error):
        kind, problem, mend = _sqlite(cause)
        if kind == "file" and _is_full(address):
            kind, problem, mend = SQLITE["SQLITE_FULL"]
    else:
        kind, problem, mend = _postgresql(cause)
    return GradebookError(kind, str(address), f"{problem} ({_first_line(cause)})", mend)


def _sqlite(cause: sqlite3.Error) -> tuple[str, str, str]:
    name = getattr(cause, "sqlite_errorname", None) or ""
    for prefix, words in SQLITE.items():
        if name.startswith(prefix):
            return words
    return "other", "the database refuses", ""


def _is_full(address: Address) -> bool:
    """Whether the file's disk has less room than SQLite needs for the index of its log."""
    try:
        return address.path is not None and shutil.disk_usage(address.path.parent).free < 1 << 16
    except OSError:
        return False


def _postgresql(cause: BaseException) -> tuple[str, str, str]:
    state = getattr(cause, "sqlstate", None) or ""
    for length in (5, 3, 2):
        if len(state) == 5 and state[:length] in POSTGRESQL:
            return POSTGRESQL[state[:length]]
    if not state and type(cause).__module__.startswith("psycopg") and type(cause).__name__.endswith("OperationalError"):
        return _connecting(str(cause))
    return "other", "the database refuses", ""


def _connecting(text: str) -> tuple[str, str, str]:
    """Before a connection stands psycopg has no SQLSTATE, only the server's words."""
    if "authentication failed" in text or "no password supplied" in text or "no pg_hba.conf entry" in text:
        return POSTGRESQL["28"]
    if "does not exist" in text:
        return POSTGRESQL["3D"] if "database" in text else POSTGRESQL["28"]
    return (
        "away",
        "the server does not answer",
        f"{SAFE}; look whether it runs and whether host and port are right, then run the same command again",
    )


def _first_line(cause: BaseException) -> str:
    lines = str(cause).splitlines() or [type(cause).__name__]
    return visible(masked(lines[0]))[:300]
