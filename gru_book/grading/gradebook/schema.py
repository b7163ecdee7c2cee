"""Making a gradebook, knowing one, and leading an older one to the tables of today."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from gru_book.grading.gradebook.address import Address
from gru_book.grading.gradebook.engine import engine_for, opener, reading, writing
from gru_book.grading.gradebook.errors import GradebookError
from gru_book.grading.gradebook.trouble import SQLITE

HEAD = "0002"
"""The revision that `tables.py` describes."""
REVISIONS = ("0001", "0002")
VERSION_TABLE = "gradebook_schema"
APPLICATION_ID = 0x47525542
"""What SQLite keeps in the file's header to say whose it is ("GRUB")."""
MIGRATIONS = Path(__file__).parent / "migrations"


def make_file(path: Path, revision: str = HEAD) -> None:
    """Make an empty gradebook at `path`: it appears whole, readable by its owner alone, or not at all.

    Where another process makes one at the same moment, theirs stays.
    """
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".tmp")  # with mode 0600
    os.close(fd)
    temporary = Path(name)
    try:
        with contextlib.closing(opener(temporary, read_only=False, wait=0)()) as connection:
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        if mode != "wal":
            mend = "Put it on a disk of this machine, or use PostgreSQL"
            raise GradebookError("file", str(path), "its folder cannot hold a write-ahead log", mend)
        engine = engine_for(Address(path=temporary), read_only=False, wait=0)
        try:
            with writing(engine) as connection:
                upgrade(connection, revision)
        finally:
            engine.dispose()  # the last connection writes the log back and removes it
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        _link(temporary, path)
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(name + suffix).unlink(missing_ok=True)


def _link(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)  # unlike a rename it never replaces what is there
    except FileExistsError:
        return
    except OSError as error:
        mend = "Put it on a disk of this machine, or use PostgreSQL"
        problem = f"its folder does not do what a gradebook needs ({error.strerror})"
        raise GradebookError("file", str(path), problem, mend) from None
    with contextlib.suppress(OSError):  # Windows opens no folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def look_at_file(path: Path) -> None:
    """Raise GradebookError unless `path` is a file with SQLite's header."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise GradebookError("not_a_gradebook", str(path), "is no file", "Name a file with --gradebook")
        with path.open("rb") as file:
            header = file.read(16)
    except OSError as error:
        mend = "Ask its owner, or name another with --gradebook"
        raise GradebookError("permission", str(path), f"cannot be opened ({error.strerror})", mend) from None
    if header != b"SQLite format 3\0":
        what = "is empty" if not header else "is no SQLite database"
        mend = "Name another file with --gradebook; this one was not changed"
        raise GradebookError("not_a_gradebook", str(path), what, mend)


def keep_private(path: Path) -> None:
    """Take the file's rights from everybody but its owner: the keys in it foretell every input."""
    mode = path.stat().st_mode
    if os.name == "posix" and mode & 0o077 and path.stat().st_uid == os.geteuid():
        path.chmod(mode & 0o700)  # a file that its owner made read-only stays so


def mend_log(path: Path) -> None:
    """Give the files of the log, which SQLite keeps beside the file, the file's own rights.

    SQLite makes them with the rights that the file has at that moment: what was opened while it was read-only would
    stay read-only when it no longer is.
    """
    if os.name != "posix":
        return
    rights = stat.S_IMODE(path.stat().st_mode)
    for beside in (Path(f"{path}-wal"), Path(f"{path}-shm")):
        with contextlib.suppress(FileNotFoundError):
            found = beside.lstat()
            own = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
            if own and stat.S_IMODE(found.st_mode) != rights:
                beside.chmod(rights)


def revision_of(connection: Connection) -> str | None:
    """The revision that the database is at; None if no gradebook is in it."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one_or_none()


def require(engine: Engine, address: Address, *, create: bool, read_only: bool) -> None:
    """Have the tables of today there, or raise GradebookError; an older gradebook is led there in one transaction.

    Args:
        create: whether a server's database without a gradebook gets one.
        read_only: nothing may be changed, so an older gradebook is refused.
    """
    if read_only:
        with reading(engine) as connection:
            found = _known(connection, address)
        if found is None:
            raise _missing(address)
        if found != HEAD:
            mend = f"Open it once with the right to write: gru-book gradebook show --gradebook {address}"
            raise GradebookError("older", str(address), "was written by an older gru_book", mend)
        return
    if address.path is not None:
        _refuse_damaged(engine, address)
    with writing(engine) as connection:
        found = _known(connection, address)
        if found is None and not create:
            raise _missing(address)
        if found != HEAD:
            upgrade(connection, HEAD)
        # Who may not write is told now, not after the first submission was graded.
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = version_num"))


def _refuse_damaged(engine: Engine, address: Address) -> None:
    """Nothing is added to a damaged file: 0.2 s for 200 MB."""
    with reading(engine) as connection:
        line = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    if line != "ok":
        kind, problem, mend = SQLITE["SQLITE_CORRUPT"]
        raise GradebookError(kind, str(address), f"{problem} ({' '.join(line.split())})", mend)


def _known(connection: Connection, address: Address) -> str | None:
    found = revision_of(connection)
    if found is None and address.path is not None:
        mend = "Name another file with --gradebook; this one was not changed"
        raise GradebookError("not_a_gradebook", str(address), "is another program's SQLite database", mend)
    if found is not None and found not in REVISIONS:
        mend = "Update gru_book; this one changed nothing"
        problem = f"was written by a newer gru_book (its schema is {found}, this one knows up to {HEAD})"
        raise GradebookError("newer", str(address), problem, mend)
    return found


def _missing(address: Address) -> GradebookError:
    return GradebookError("missing", str(address), "there is no gradebook", "`gru-book grade` makes one")


def upgrade(connection: Connection, revision: str) -> None:
    """Run the migrations up to `revision` inside the transaction of `connection`."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def integrity(connection: Connection) -> list[str]:
    """What SQLite finds wrong in the file; an empty list for a sound one, and for a server, which has its own tools."""
    if connection.dialect.name != "sqlite":
        return []
    try:
        lines = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(20)")]
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    except DBAPIError as error:
        return [str(error.orig)]
    return [line for line in lines if line != "ok"] + [f"{row[0]}: row {row[1]} refers to none" for row in broken]
