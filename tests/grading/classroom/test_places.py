"""`gru-book grade` into a server, onto a full disk, where it may not write, and by an ordinary user."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.postgresql import Server
from support.users import REPOSITORY, as_ordinary_user, give, resize, small_disk

from gru_book.grading.classroom import demo
from gru_book.grading.gradebook import Gradebook
from gru_book.grading.spec import Exercise

from . import crash
from .conftest import is_sound, rows
from .test_command import with_key

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("jail")]
PASSWORD = "hidden"
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")
STUDENTS = 12
FOR_SOME_GRADES = 200_000
"""Bytes that the log of two or three grades takes, but not that of all."""


@pytest.fixture(scope="module")
def place(built_book: Path, leaky: Exercise) -> Iterator[Path]:
    """A folder that everybody may enter, with exercises/ and a class of something of everything, submissions/."""
    folder = Path(tempfile.mkdtemp(prefix="gru-book-class-"))
    folder.chmod(0o755)
    try:
        shutil.copytree(built_book / "exercises", folder / "exercises")
        demo.write_class(demo.sample(leaky, STUDENTS, seed=1, hostile=0.2, broken=0.1), folder / "submissions")
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def own(place: Path) -> Iterator[Path]:
    """A folder in `place` that is the ordinary user's own, and its home."""
    folder = Path(tempfile.mkdtemp(dir=place))
    give(folder)
    try:
        yield folder
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def words(place: Path, book: Path | str, *more: str) -> list[str]:
    """The command that grades the class."""
    return crash.command(place / "submissions", book, place / "exercises", "--jobs", "1", *more)


def at_home(home: Path) -> dict[str, str]:
    """The variables of a user who lives there."""
    return {"HOME": str(home), "TMPDIR": str(home), "PYTHONDONTWRITEBYTECODE": "1"}


def done(command: list[str], home: Path | None = None, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command that has ended; no traceback came of it."""
    environment = {**os.environ, **({} if home is None else at_home(home))}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder or home)
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended


def refused(ended: subprocess.CompletedProcess[str], *said: str) -> None:
    """It could not be done, and says so in one line, behind the progress."""
    assert ended.returncode == 2, ended.stdout + ended.stderr
    lines = [line for line in ended.stderr.splitlines() if line.startswith("gru-book: ")]
    assert len(lines) == 1, ended.stderr
    assert lines == ended.stderr.splitlines()[-1:]
    for part in said:
        assert part in lines[0]


@pytest.fixture(scope="module")
def expected(place: Path, tmp_path_factory: pytest.TempPathFactory, jail: str) -> Path:
    """The gradebook of the class, graded without any trouble into a file."""
    book = with_key(tmp_path_factory.mktemp("expected") / "g.db")
    assert done(words(place, book)).returncode == 1
    assert len(rows(book)) == STUDENTS
    return book


def graded(book: Path | str) -> int:
    """How many grades stand in a gradebook."""
    with Gradebook.open(book, create=False, read_only=True) as opened:
        return sum(one.attempt.status == "graded" for one in opened.attempts())


def some_are_graded(process: subprocess.Popen[bytes], book: Path | str, count: int) -> None:
    """Wait until so many are graded, and leave the grader stopped there: it takes what comes next when it goes on.

    It also stands still while it is asked, since a fast machine grades what is left meanwhile.
    """
    while True:
        process.send_signal(signal.SIGSTOP)
        if graded(book) >= count:
            return
        process.send_signal(signal.SIGCONT)
        assert process.poll() is None
        time.sleep(0.05)


# --- A server ------------------------------------------------------------------------------------------------


def with_password(address: str) -> str:
    """The address with a password in it, which a server that trusts everybody does not look at."""
    return address.replace("@", f":{PASSWORD}@", 1)


def exported(book: Path | str, kind: str, out: Path) -> str:
    """What `gru-book gradebook export` writes, without when it happened."""
    ended = done([sys.executable, "-m", "gru_book", "gradebook", "export", "--gradebook", str(book), kind, str(out)])
    assert ended.returncode == 0, ended.stderr
    assert PASSWORD not in ended.stdout + ended.stderr
    return TIME.sub("then", out.read_text(encoding="utf-8"))


@pytest.mark.postgres
def test_on_a_server_interrupted_and_resumed(place: Path, expected: Path, server: Server, tmp_path: Path) -> None:
    """Stopped by Ctrl-C, then killed, then left alone: the server has the rows of the undisturbed file and exports
    what the file exports. The password is told nowhere."""
    book, log = with_key(with_password(server.schema())), tmp_path / "log"
    for count, how, code in ((2, signal.SIGINT, 130), (5, signal.SIGKILL, -9)):
        process = crash.start(words(place, book), log)
        some_are_graded(process, book, count)
        started = crash.descendants(process.pid)
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        assert process.wait(timeout=60) == code, log.read_text()
        assert crash.wait_until_gone(started) == []
        assert count <= graded(book) < graded(expected)
    last = done(words(place, book))
    assert last.returncode == 1
    report = done(words(place, book, "--json"))
    assert (json.loads(report.stdout)["before"], json.loads(report.stdout)["now"]) == (graded(expected), {})
    said = log.read_text() + last.stdout + last.stderr + report.stdout + report.stderr
    assert "Gradebook: postgresql://grader:***@/" in said
    assert PASSWORD not in said
    assert "Traceback" not in said
    assert rows(book) == rows(expected)
    for kind in ("--csv", "--json"):
        assert exported(book, kind, tmp_path / "server") == exported(expected, kind, tmp_path / "file")


@pytest.mark.slow
@pytest.mark.postgres
def test_a_server_that_goes_away_on_the_way(place: Path, expected: Path, server: Server, tmp_path: Path) -> None:
    """One line; the same command goes on when it is back."""
    book, log = with_key(with_password(server.schema())), tmp_path / "log"
    process = crash.start(words(place, book), log)
    some_are_graded(process, book, 2)
    try:
        server.stop("immediate")
    finally:
        process.send_signal(signal.SIGCONT)
    try:
        assert process.wait(timeout=60) == 2, log.read_text()
        refused(done(words(place, book)), "the server does not answer", "run the same command again")
    finally:
        server.start()
    said = log.read_text().splitlines()
    assert [line for line in said if line.startswith("gru-book: ")] == said[-1:]
    assert "postgresql://grader:***@/" in said[-1]
    assert "What was recorded before is safe" in said[-1]
    assert PASSWORD not in log.read_text()
    assert 2 <= graded(book) < graded(expected)
    assert done(words(place, book)).returncode == 1
    assert rows(book) == rows(expected)


# --- A full disk ---------------------------------------------------------------------------------------------


def test_a_disk_that_is_full_on_the_way(place: Path, expected: Path, tmp_path: Path) -> None:
    """One line, and what was recorded stays; with room, the same command goes on to the same grades."""
    with small_disk(tmp_path / "disk", "4m") as disk:
        book = with_key(disk / "g.db")
        room = shutil.disk_usage(disk).free - FOR_SOME_GRADES
        (disk / "filling").write_bytes(bytes(room))
        refused(done(words(place, book)), str(book), "no room left to write", "What was recorded before is safe")
        assert 0 < graded(book) < graded(expected)
        assert is_sound(book)
        resize(disk, "16m")
        assert done(words(place, book)).returncode == 1
        assert is_sound(book)
        assert rows(book) == rows(expected)


# --- An ordinary user ----------------------------------------------------------------------------------------


def test_an_ordinary_user_grades_a_class(place: Path, expected: Path, own: Path) -> None:
    """In the jail, to the same grades, in a gradebook that nobody else may read; and nothing runs on."""
    book = with_key(own / "g.db")
    give(book)
    process = crash.start(as_ordinary_user(words(place, book)), own / "log", **at_home(own))
    seen: dict[int, Any] = {}
    while process.poll() is None:
        seen.update({one.pid: one for one in crash.descendants(process.pid)})
        time.sleep(0.1)
    assert process.returncode == 1, (own / "log").read_text()
    assert len(seen) > 3
    assert crash.wait_until_gone(list(seen.values())) == []
    assert book.stat().st_mode & 0o777 == 0o600
    assert rows(book) == rows(expected)


def test_an_ordinary_user_tries_the_demo(own: Path) -> None:
    ended = done(as_ordinary_user([sys.executable, "-m", "gru_book", "grade", "--demo", "20"]), own, REPOSITORY)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "A class of 20" in ended.stdout
    assert "05_gru_forward" in ended.stdout
    assert "not graded for reasons of the grader's" not in ended.stdout
    assert list(own.glob("gru-book-demo-*")) == [], "it leaves nothing behind"


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_an_ordinary_user_may_not_write(what: str, place: Path, expected: Path, own: Path) -> None:
    """A gradebook that was begun, and then the right to write to it was taken: one line, and nothing is changed."""
    folder = own / "course"
    folder.mkdir()
    book = folder / "g.db"
    begun(expected, book, 4)
    give(folder, book)
    book.chmod(0o400 if what == "file" else 0o600)
    folder.chmod(0o555 if what == "folder" else 0o755)
    before = book.read_bytes()
    ended = done(as_ordinary_user(words(place, book)), own)
    refused(ended, str(book), "writable")
    assert book.read_bytes() == before
    book.chmod(0o600)
    folder.chmod(0o755)
    assert done(as_ordinary_user(words(place, book)), own).returncode == 1
    assert rows(book) == rows(expected)


def begun(whole: Path, book: Path, count: int) -> None:
    """A gradebook with the first so many grades of another, under the same key."""
    with_key(book)
    with Gradebook.open(whole, read_only=True) as source, Gradebook.open(book) as target:
        run = target.start_or_resume("90_leaky", 1)
        attempts = [recorded.attempt for recorded in source.attempts()]
        chosen = [attempt for attempt in attempts if attempt.status == "graded"][:count]
        assert target.record_all(run, chosen) == ["new"] * count
