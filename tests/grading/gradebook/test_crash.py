"""A grader that is killed at any moment: what it was told is recorded is there, nothing is doubled, nothing is half."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from support.gradebooks import EXERCISE, Child, attempt, sql, submission
from support.postgresql import Server

from gru_book.grading.gradebook import Gradebook, GradebookError
from gru_book.grading.gradebook.attempt import Attempt

BATCH = 4


def class_of(number: int) -> list[Attempt]:
    """The attempts of a class."""
    return [attempt(f"student {k:05}", points=float(k % 5)) for k in range(number)]


def record_in_a_loop(place: str, work: list[Attempt], confirm: int, *, early: bool = False) -> None:
    """A grader: resumes, records one or a batch at a time, and writes each confirmed number to a pipe.

    `early`: it confirms before it records, which is the mistake that the test has to see.
    """
    with Gradebook.open(place) as book:
        run = book.start_or_resume(EXERCISE, 1)
        lease = book.lease(run, seconds=3600)
        done = book.done(run)
        todo = [k for k, one in enumerate(work) if (one.student, one.submission_hash) not in done]
        size = 1 + len(todo) % 2 * (BATCH - 1)
        for start in range(0, len(todo), size):
            numbers = todo[start : start + size]
            batch = [work[k] for k in numbers]
            data = {one.submission_hash: submission(one.student) for one in batch}
            line = b"".join(b"%d\n" % k for k in numbers)
            if early:
                os.write(confirm, line)
            book.record_all(run, batch, lease=lease, submissions=data)
            if not early:
                os.write(confirm, line)


def crashes(place: str, points: int, *, seed: int, early: bool = False, server: Server | None = None) -> Counter[str]:
    """Kill a grader `points` times, look after each, and let the last one finish; counts what happened.

    With a `server`: in every third round it is the server that crashes and comes back.
    """
    rng = random.Random(seed)
    work = class_of(60 * points)
    happened: Counter[str] = Counter()
    confirmed: set[int] = set()
    for number in range(points):
        read, write = os.pipe()
        child = Child(lambda write=write: record_in_a_loop(place, work, write, early=early))
        os.close(write)
        seen = Confirmed(read)
        moment = rng.uniform(0.0, 0.06)
        if number % 4:  # otherwise while it opens, resumes and takes the lease
            seen.wait_for_one()
        time.sleep(moment)
        if server is not None and number % 3 == 0:
            server.stop("immediate")
            server.start()
            happened["server crashed"] += 1
        os.kill(child.pid, signal.SIGKILL)
        os.waitpid(child.pid, 0)
        confirmed |= seen.all()
        happened["killed"] += 1
        check(place, work, confirmed, happened)
    before = len(confirmed)
    with Gradebook.open(place) as book:
        run = book.start_or_resume(EXERCISE, 1)
        lease = book.lease(run)  # the killed one's lease has an hour to go
        rest = [one for one in work if (one.student, one.submission_hash) not in book.done(run)]
        data = {one.submission_hash: submission(one.student) for one in rest}
        book.record_all(run, rest, lease=lease, submissions=data)
        assert [one.attempt for one in sorted(book.attempts(), key=lambda one: one.attempt.student)] == work
        assert [line for line in book.attempts(all_tries=True) if line.why] == []
        assert book.audit() == []
    assert before > 0
    assert len(rest) > 0, "every grader was killed before the end of its work"
    return happened


class Confirmed:
    """The numbers that a grader writes to a pipe, read while it works."""

    def __init__(self, read: int) -> None:
        self._stream = os.fdopen(read, "rb")
        self._data: list[bytes] = []
        self._first = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        for line in self._stream:
            self._data.append(line)
            self._first.set()
        self._first.set()

    def wait_for_one(self) -> None:
        """Until something is confirmed, or the grader ended."""
        assert self._first.wait(60)

    def all(self) -> set[int]:
        """Everything that was confirmed, once the grader is gone."""
        self._thread.join(60)
        assert not self._thread.is_alive()
        self._stream.close()
        return {int(line) for line in self._data if line.endswith(b"\n")}


def check(place: str, work: list[Attempt], confirmed: set[int], happened: Counter[str]) -> None:
    """Past the gradebook: nothing lost, nothing doubled, nothing half, and a batch whole."""
    if "://" not in place:
        connection = sqlite3.connect(place)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
    if "://" not in place and not sqlite_has_tables(place):
        assert not confirmed
        return
    rows = sql(place, "SELECT student, submission_hash FROM gradebook_attempts")
    assert len(rows) == len(set(rows))
    stored = {int(row.student.split()[1]) for row in rows}
    assert confirmed <= stored, f"confirmed and lost: {sorted(confirmed - stored)}"
    hashes = {row.hash for row in sql(place, "SELECT hash FROM gradebook_submissions")}
    assert {row.submission_hash for row in rows} == hashes
    happened["recorded, not confirmed"] += len(stored - confirmed) > 0


def sqlite_has_tables(place: str) -> bool:
    """Whether the gradebook was made at all."""
    return bool(sql(place, "SELECT name FROM sqlite_master"))


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "gradebook.db")


def test_a_grader_killed_at_a_few_moments(file: str) -> None:
    Gradebook.open(file).close()
    assert crashes(file, 5, seed=1)["killed"] == 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_a_grader_killed_at_many_moments(file: str, seed: int) -> None:
    Gradebook.open(file).close()
    happened = crashes(file, 40, seed=seed)
    assert happened["killed"] == 40


@pytest.mark.postgres
def test_a_grader_or_the_server_killed_at_a_few_moments(server: Server) -> None:
    place = server.schema()
    Gradebook.open(place).close()
    assert crashes(place, 3, seed=4, server=server)["server crashed"] == 1


@pytest.mark.postgres
@pytest.mark.slow
def test_a_grader_or_the_server_killed_at_many_moments(server: Server) -> None:
    place = server.schema()
    Gradebook.open(place).close()
    assert crashes(place, 30, seed=5, server=server)["server crashed"] == 10


def test_a_grader_that_confirms_too_early_would_be_seen(file: str) -> None:
    """The proof that the tests above can fail."""

    def until_it_is_seen() -> None:
        for seed in range(20):
            Gradebook.open(file).close()
            crashes(file, 10, seed=seed, early=True)
            os.unlink(file)

    with pytest.raises(AssertionError, match="confirmed and lost"):
        until_it_is_seen()


@pytest.mark.parametrize("points", [8, pytest.param(60, marks=pytest.mark.slow)])
def test_a_gradebook_is_made_whole_or_not_at_all(tmp_path: Path, points: int) -> None:
    rng = random.Random(6)
    states: Counter[str] = Counter()
    for number in range(points):
        file = tmp_path / str(number) / "gradebook.db"
        file.parent.mkdir()
        child = Child(lambda file=file: Gradebook.open(file).close())
        time.sleep(rng.uniform(0.0, 0.15))
        child.kill()
        states["there" if file.exists() else "absent"] += 1
        if file.exists():
            Gradebook.open(file, create=False, read_only=True).close()
        with Gradebook.open(file) as book:
            assert book.start_or_resume(EXERCISE, 1).id == 1
        assert file.stat().st_mode & 0o777 == 0o600
    assert states.total() == points


def test_a_batch_is_there_whole_after_a_kill(file: str) -> None:
    """Killed in the middle of a transaction, by itself, where it is sure to be in one."""
    work = class_of(20)
    with Gradebook.open(file) as book:
        book.start_or_resume(EXERCISE, 1)

    def batch() -> None:
        with Gradebook.open(file) as own:
            run = own.start_or_resume(EXERCISE, 1)
            own.record_all(run, work[:5])

            def killing() -> object:
                yield from work[5:15]
                os.kill(os.getpid(), signal.SIGKILL)

            own.record_all(run, killing())

    assert Child(batch).result() is None
    with Gradebook.open(file) as book:
        assert [one.attempt for one in book.attempts()] == work[:5]


def test_an_error_in_the_middle_of_a_transaction_undoes_it(file: str) -> None:
    with Gradebook.open(file) as book:
        run = book.start_or_resume(EXERCISE, 1)

        def failing() -> object:
            yield attempt("Ada")
            raise GradebookError("other", file, "the disk is gone")

        with pytest.raises(GradebookError, match="the disk is gone"):
            book.record_all(run, failing())
        assert list(book.attempts()) == []
