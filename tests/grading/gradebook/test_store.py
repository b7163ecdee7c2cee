"""Runs, recording and reading back, over SQLite and PostgreSQL."""

from __future__ import annotations

import os
import stat
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.gradebooks import EXERCISE, Child, attempt, content, failure, in_child, refusal, sql, submission

from gru_book.errors import ArgumentError
from gru_book.grading.gradebook import Gradebook, GradebookError
from gru_book.grading.gradebook.attempt import Attempt
from gru_book.grading.gradebook.blobs import MAX_BYTES
from gru_book.grading.gradebook.schema import make_file

# --- Runs ------------------------------------------------------------------------------------------------------


def test_the_key_is_stored_before_the_run_is_had(place: str, book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    assert len(run.key) == 32
    assert [bytes(row.key) for row in sql(place, "SELECT key FROM gradebook_runs")] == [run.key]


def test_a_run_is_resumed_with_its_key(place: str, book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    with Gradebook.open(place) as other:
        again = other.start_or_resume(EXERCISE, 1)
    assert not run.resumed
    assert again.resumed
    assert (again.id, again.key, again.key_id) == (run.id, run.key, run.key_id)


def test_another_version_or_exercise_has_another_key(book: Gradebook) -> None:
    runs = [book.start_or_resume(*what) for what in ((EXERCISE, 1), (EXERCISE, 2), ("other", 1))]
    assert len({run.key for run in runs}) == 3
    assert book.runs(EXERCISE) == [book.start_or_resume(EXERCISE, 1), book.start_or_resume(EXERCISE, 2)]


def test_a_key_can_be_given(book: Gradebook) -> None:
    first, second = bytes(range(32)), bytes(range(1, 33))
    run = book.start_or_resume(EXERCISE, 1, key=first)
    assert book.start_or_resume(EXERCISE, 1, key=second).id != run.id
    assert book.start_or_resume(EXERCISE, 1, key=first).id == run.id
    assert book.start_or_resume(EXERCISE, 1).key == second  # the newest


@pytest.mark.parametrize("key", [b"", b"short", "x" * 32, bytes(33)])
def test_a_key_that_is_none_is_refused_and_not_shown(book: Gradebook, key: Any) -> None:
    with pytest.raises(ArgumentError) as raised:
        book.start_or_resume(EXERCISE, 1, key=key)
    assert raised.value.argument == "key"
    assert not key or repr(key) not in str(raised.value)


def test_graders_that_start_at_once_get_one_run(place: str) -> None:
    def start() -> str:
        with Gradebook.open(place) as own:
            return own.start_or_resume(EXERCISE, 1).key_id

    children = [Child(start) for _ in range(6)]  # they make the gradebook, too
    assert len({child.result() for child in children}) == 1
    assert len(sql(place, "SELECT id FROM gradebook_runs")) == 1


def test_a_run_does_not_show_its_key(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    assert repr(run.key) not in repr(run)
    assert run.key.hex() not in repr(run)


# --- Recording -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", [attempt(), attempt(points=4.0), refusal(), failure()], ids=lambda one: one.status)
def test_what_is_recorded_is_read_back(book: Gradebook, one: Attempt) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    assert book.record(run, one) == "new"
    (read,) = book.attempts()
    assert read.attempt == one
    assert (read.run_id, read.key_id, read.why) == (run.id, run.key_id, "")
    assert book.attempt(read.id) == read
    assert book.done(run) == ({("Ada", one.submission_hash)} if one.final else set())


def test_recording_twice_is_recording_once(place: str, book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    assert [book.record(run, attempt()) for _ in range(3)] == ["new", "known", "known"]
    assert len(sql(place, "SELECT id FROM gradebook_attempts")) == 1
    assert sql(place, "SELECT id FROM gradebook_tries") == []


def test_the_first_grade_stands_and_a_later_one_is_kept_beside_it(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    first, later = attempt(points=3.0), attempt(points=2.0, graded_at="2026-03-02T00:00:00Z")
    assert [book.record(run, first), book.record(run, later), book.record(run, later)] == ["new", "kept", "known"]
    assert [(one.attempt, one.why) for one in book.attempts(all_tries=True)] == [(first, ""), (later, "repeated")]
    assert [one.attempt for one in book.attempts()] == [first]


def test_an_infrastructure_error_makes_room_for_a_grade_whichever_comes_first(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    broken, more, grade = failure("Ada", 1), failure("Ada", 2), attempt("Ada")
    assert [book.record(run, one) for one in (broken, more, grade)] == ["new", "replaced", "replaced"]
    other = [failure("Ben", 1), failure("Ben", 2), attempt("Ben")]
    assert [book.record(run, one) for one in reversed(other)] == ["new", "kept", "kept"]
    for student in ("Ada", "Ben"):
        found = [(one.attempt.status, one.why) for one in book.attempts(student=student, all_tries=True)]
        assert found == [("graded", ""), ("infrastructure", "infrastructure"), ("infrastructure", "infrastructure")]


def test_a_row_for_each_student_submission_version_and_key(book: Gradebook) -> None:
    one = attempt()
    runs = [
        book.start_or_resume(EXERCISE, 1),
        book.start_or_resume(EXERCISE, 2),
        book.start_or_resume(EXERCISE, 1, key=bytes(32)),
    ]
    for run in runs:
        for student in ("Ada", "ada", "Ada "):
            for name in ("0" * 64, "1" * 64):
                values = {"student": student, "submission_hash": name, "exercise_version": run.exercise_version}
                assert book.record(run, Attempt(**{**one.to_json(), **values})) == "new"
    assert len(list(book.attempts())) == 18
    assert [len(book.done(run)) for run in runs] == [6, 6, 6]


def test_an_attempt_of_another_exercise_is_refused(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    for wrong in (attempt(exercise="other"), attempt(exercise_version=2)):
        with pytest.raises(ArgumentError, match="90_leaky version 1"):
            book.record(run, wrong)
    assert content(book) == []


def test_a_batch_is_recorded_whole_or_not_at_all(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    batch = [attempt(f"student {k}") for k in range(5)]
    with pytest.raises(ArgumentError):
        book.record_all(run, [*batch, attempt(exercise="other")])
    assert content(book) == []
    assert book.record_all(run, [*batch, batch[0]]) == ["new"] * 5 + ["known"]
    assert len(content(book)) == 5


def test_names_of_every_kind_are_kept_as_they_are(book: Gradebook) -> None:
    names = [
        "Zoë",
        "Zoe\u0308",
        "=1+1",
        "a,b\n\"c'",
        "\u202eevil",
        "x\x1b[2J",
        "你好 🎓",
        "' OR 1=1 --",
        "%s {x} :y",
        "\\",
    ]
    run = book.start_or_resume(EXERCISE, 1)
    book.record_all(run, [attempt(name) for name in names])
    assert [one.attempt.student for one in book.attempts()] == names
    assert all(next(book.attempts(student=name)).attempt.student == name for name in names)


def test_many_attempts_come_in_order_a_page_at_a_time(book: Gradebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gru_book.grading.gradebook.store.PAGE", 7)
    run = book.start_or_resume(EXERCISE, 1)
    book.record_all(run, [attempt(f"student {k:02}") for k in range(21)])
    book.record_all(run, [failure(f"student {k:02}") for k in range(0, 21, 3)])
    assert [one.attempt.student for one in book.attempts()] == [f"student {k:02}" for k in range(21)]
    assert len(list(book.attempts(all_tries=True))) == 28


def test_reading_goes_on_while_others_write(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    book.record_all(run, [attempt(f"student {k}") for k in range(3)])
    seen = []
    for one in book.attempts():
        seen.append(one.attempt.student)
        if len(seen) < 10:
            book.record(run, attempt(f"more {len(seen)}"))
    assert len(seen) == 12  # what comes while it reads is read too


# --- Submissions -----------------------------------------------------------------------------------------------


def test_a_submission_is_kept_once_with_its_attempt(place: str, book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    for student in ("Ada", "Ben"):
        one = attempt(student, submission_hash=attempt("Ada").submission_hash)
        book.record(run, one, submission=submission("Ada"))
    assert book.submission(attempt("Ada").submission_hash) == submission("Ada")
    assert len(sql(place, "SELECT hash FROM gradebook_submissions")) == 1


@pytest.mark.parametrize("data", [b"", b"\0" * 1_000_000, os.urandom(300_000)], ids=["empty", "zeros", "random"])
def test_any_bytes_come_back(place: str, book: Gradebook, data: bytes) -> None:
    (name,) = book.keep(data)
    assert book.submission(name) == data
    (row,) = sql(place, "SELECT size, length(compressed) AS stored FROM gradebook_submissions")
    assert row.size == len(data)
    assert row.stored < len(data) + 100 + len(data) // 500


def test_a_submission_that_is_too_large_or_another_is_refused(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    with pytest.raises(ArgumentError, match="at most"):
        book.keep(bytes(MAX_BYTES + 1))
    with pytest.raises(ArgumentError, match="SHA-256"):
        book.record(run, attempt("Ada"), submission=submission("Ben"))
    assert content(book) == []


def test_bytes_that_are_not_there_or_damaged_are_one_line(place: str, book: Gradebook) -> None:
    with pytest.raises(GradebookError, match="were not stored") as raised:
        book.submission("0" * 64)
    assert raised.value.kind == "missing"
    (name,) = book.keep(b"abc" * 1000)
    sound = {"size": 3000, "compressed": zlib.compress(b"abc" * 1000)}
    others = zlib.compress(b"abd" * 1000)
    for change in ({"size": 10}, {"size": 4000}, {"compressed": b"junk"}, {"compressed": others}):
        sql(place, "UPDATE gradebook_submissions SET size = :size, compressed = :compressed", **{**sound, **change})
        with pytest.raises(GradebookError) as raised:
            book.submission(name)
        assert raised.value.kind == "damaged"


def test_a_bomb_in_the_place_of_bytes_does_not_fill_the_memory(place: str, book: Gradebook) -> None:
    (name,) = book.keep(b"abc")
    bomb = zlib.compressobj(9)
    packed = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(200)) + bomb.flush()
    sql(place, "UPDATE gradebook_submissions SET compressed = :bomb, size = 2000000000", bomb=packed)
    with pytest.raises(GradebookError, match="not those that were handed in"):
        book.submission(name)


# --- The file --------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gradebook.db"


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_only_the_owner_may_read_the_file(file: Path) -> None:
    before = os.umask(0)
    try:
        make_file(file)
        assert modes(file.parent) == {"gradebook.db": 0o600}, "it appears so"
        with Gradebook.open(file) as book:
            book.start_or_resume(EXERCISE, 1)
            assert modes(file.parent) == dict.fromkeys(["gradebook.db", "gradebook.db-wal", "gradebook.db-shm"], 0o600)
        assert modes(file.parent) == {"gradebook.db": 0o600}
        file.chmod(0o644)
        Gradebook.open(file).close()
    finally:
        os.umask(before)
    assert modes(file.parent) == {"gradebook.db": 0o600}


def test_a_commit_survives_a_power_cut(file: Path) -> None:
    with Gradebook.open(file) as book, book._reading() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in pragmas]
    assert found == ["wal", 2, 1, 30000]  # 2 is FULL


def test_making_it_leaves_nothing_else_behind(file: Path) -> None:
    Gradebook.open(file).close()
    assert [path.name for path in file.parent.iterdir()] == ["gradebook.db"]


def test_a_link_to_a_file_is_followed(file: Path) -> None:
    Gradebook.open(file).close()
    link = file.with_name("link.db")
    link.symlink_to(file)
    with Gradebook.open(link) as book:
        book.record(book.start_or_resume(EXERCISE, 1), attempt())
    with Gradebook.open(file, create=False, read_only=True) as book:
        assert len(content(book)) == 1


@pytest.mark.parametrize("spell", [str, Path, lambda path: f"sqlite:///{path}"], ids=["text", "path", "url"])
def test_a_file_is_named_in_three_ways(file: Path, spell: Callable[[Path], Any]) -> None:
    Gradebook.open(spell(file)).close()
    assert file.exists()


def test_odd_file_names_work(tmp_path: Path) -> None:
    for name in ("a b.db", "a%20b.db", "a?mode=ro#x.db", "ä.db", "%.db"):
        with Gradebook.open(tmp_path / name) as book:
            book.start_or_resume(EXERCISE, 1)
        assert (tmp_path / name).exists()


def test_it_is_opened_for_reading_alone(place: str, book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    book.record(run, attempt())
    with Gradebook.open(place, read_only=True) as reader:
        assert content(reader) == content(book)
        with pytest.raises(GradebookError, match="reading alone"):
            reader.record(run, attempt("Ben"))
        with pytest.raises(GradebookError) as raised, reader._reading() as connection:
            connection.exec_driver_sql("DELETE FROM gradebook_attempts")
        assert raised.value.kind == "read_only"
    assert len(content(book)) == 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="lists open files as Linux does")
def test_a_program_that_is_started_inherits_no_connection(place: str) -> None:
    def inherited() -> int:
        command = ["ls", "/proc/self/fd"]
        return len(subprocess.run(command, close_fds=False, capture_output=True, text=True, check=True).stdout.split())

    before = inherited()
    with Gradebook.open(place) as book, book._reading():
        assert inherited() == before
        with open("/dev/null") as seen:
            os.set_inheritable(seen.fileno(), True)
            assert inherited() == before + 1, "one that is inherited would be counted"


def test_a_forked_process_gets_a_connection_of_its_own(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    book.record(run, attempt("Ada"))
    with book._reading() as connection:
        parents = connection.connection.dbapi_connection

    def work() -> tuple[bool, int]:
        book.record(run, attempt("Ben"))
        with book._reading() as connection:
            return connection.connection.dbapi_connection is parents, len(content(book))

    with book._reading() as connection:
        assert connection.connection.dbapi_connection is parents
    assert in_child(work) == (False, 2)
    book.record(run, attempt("Cyd"))
    assert len(content(book)) == 3
