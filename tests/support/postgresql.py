"""A PostgreSQL server of the tests' own: in a temporary folder, on a local socket alone, as an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest

USER = "grader"


def program(name: str) -> str | None:
    """Where a program of PostgreSQL is; Debian keeps most of them off the PATH, newest version first here."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name.split(".")[0]))
    return shutil.which(name, path=os.pathsep.join([*map(str, reversed(versions)), os.environ.get("PATH", "")]))


class Server:
    """A server; `stop` and `start` make it go away and come back."""

    def __init__(self) -> None:
        if program("postgres") is None or program("initdb") is None:
            pytest.skip("no PostgreSQL server is installed here (Debian: apt-get install postgresql)")
        self.user = _ordinary_user()
        # Not pytest's folder: its names are too long for a socket, and the server's user may not enter it.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        self._run("initdb", "-D", self._data, "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
        self.start()

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = (
            f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c shared_buffers=16MB -c fsync=off"
        )
        self._run("pg_ctl", "-D", self._data, "-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def stop(self, how: str = "fast") -> None:
        """Stop it; "immediate" is a crash."""
        self._run("pg_ctl", "-D", self._data, "-m", how, "-w", "stop")

    def remove(self) -> None:
        """Stop it and remove everything of it."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def url(self, database: str, user: str = USER) -> str:
        """The address of a database."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def database(self, options: str = "") -> str:
        """The address of a new, empty database."""
        name = f"class_{uuid.uuid4().hex[:12]}"
        self.sql(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def schema(self) -> str:
        """The address of a new, empty schema, which is there at once; all of them share one database."""
        name = f"class_{uuid.uuid4().hex[:12]}"
        self.sql(f"CREATE SCHEMA {name}")
        return f"{self.url('postgres')}&options=-csearch_path%3D{name}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as the server's owner; what it prints."""
        return self._run("psql", "-h", str(self.folder), "-U", USER, "-d", database, "-Atqc", statement)

    def _run(self, name: str, *arguments: str) -> str:
        command = [program(name) or name, *arguments]
        done = subprocess.run(
            command, user=self.user, cwd=self.folder, text=True, timeout=120,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if name != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, f"{name}: {done.stdout}"
        return done.stdout or ""


def _ordinary_user() -> str | None:
    """Whom to run the server as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("PostgreSQL does not run as root, and there is no other user")
