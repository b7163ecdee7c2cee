"""Connections: SQLite so that a commit survives a power cut, PostgreSQL so that a dead server is noticed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, exc, text
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from gru_book.grading.gradebook.address import Address
from gru_book.grading.gradebook.errors import GradebookError

WRITER_LOCK = 0x6772755F626F6F6B
"""PostgreSQL's name for the lock of those who write ("gru_book" as a number): one at a time, as in SQLite."""


def engine_for(address: Address, *, read_only: bool, wait: float) -> Engine:
    """An engine for the gradebook at `address`; `wait`: seconds to wait for another writer."""
    if address.path is not None:
        engine = create_engine(
            "sqlite://", creator=opener(address.path, read_only, wait), poolclass=QueuePool, hide_parameters=True
        )
        event.listen(engine, "begin", _begin)
    else:
        engine = _server(address, read_only, wait)
    event.listen(engine, "connect", _remember_process)
    event.listen(engine, "checkout", _refuse_other_process)
    return engine


def opener(path: Path, read_only: bool, wait: float) -> Callable[[], sqlite3.Connection]:
    """What opens a connection to the file."""

    def open_file() -> sqlite3.Connection:
        options = "mode=ro" if read_only else "mode=rw"
        if read_only and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
            # A file in write-ahead mode needs a second file even for reading, unless it is said to be at rest.
            options += "&immutable=1"
        # isolation_level=None: no BEGIN but our own, so that tables are made and changed in transactions too.
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?{options}",
            uri=True, timeout=wait, isolation_level=None, check_same_thread=False,
        )  # fmt: skip
        try:
            for pragma in ("foreign_keys=ON", "synchronous=FULL", "trusted_schema=OFF", "cell_size_check=ON"):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    return open_file


def _begin(connection: Connection) -> None:
    """A writer takes SQLite's lock at once: a transaction that begins reading cannot always go on to write."""
    writes = connection.get_execution_options().get("gradebook_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _server(address: Address, read_only: bool, wait: float) -> Engine:
    assert address.url is not None
    milliseconds = int(wait * 1000)
    settings = {
        "synchronous_commit": "on",
        "lock_timeout": str(milliseconds),
        "idle_in_transaction_session_timeout": "600000",
    }
    if read_only:
        settings["default_transaction_read_only"] = "on"
    arguments: dict[str, Any] = {
        "connect_timeout": 10,
        "application_name": "gru-book",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60000,
    }
    given = address.url.query
    try:
        engine = create_engine(
            address.url,
            connect_args={name: value for name, value in arguments.items() if name not in given},
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        mend = "Install it: pip install 'gru-book[grade]'"
        raise GradebookError("needs", str(address), f"PostgreSQL needs the package {error.name}", mend) from None

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            for name, value in settings.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: committed at the end, or undone whole. No other writer is in its way."""
    with engine.connect().execution_options(gradebook_writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that reads."""
    with engine.connect() as connection, connection.begin():
        yield connection


def _remember_process(_: Any, entry: ConnectionPoolEntry) -> None:
    entry.info["pid"] = os.getpid()


def _refuse_other_process(_: Any, entry: Any, proxy: Any) -> None:
    """A forked process must not use its parent's connection: it gets one of its own."""
    if entry.info["pid"] != os.getpid():
        entry.dbapi_connection = proxy.dbapi_connection = None
        raise exc.DisconnectionError("this connection belongs to another process")
