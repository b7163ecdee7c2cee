"""What can be wrong with a database: one line that names it and says what to do, and nothing half-written."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from support.gradebooks import EXERCISE, attempt, content, in_child, sql, submission
from support.postgresql import Server
from support.users import NOBODY, resize, small_disk

from gru_book.errors import ArgumentError
from gru_book.grading.gradebook import Gradebook, GradebookError
from gru_book.grading.gradebook.address import masked, parse


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gradebook.db"


@pytest.fixture
def filled(file: Path) -> Path:
    """A gradebook with three attempts, and closed."""
    with Gradebook.open(file) as book:
        run = book.start_or_resume(EXERCISE, 1)
        for name in ("Ada", "Ben", "Cyd"):
            book.record(run, attempt(name), submission=submission(name))
    return file


def open_error(place: str | Path, **options: Any) -> GradebookError:
    """What opening raises."""
    with pytest.raises(GradebookError) as raised:
        Gradebook.open(place, **options).close()
    assert str(place) in str(raised.value) or "://" in str(place)
    assert len(str(raised.value).splitlines()) == 1
    return raised.value


def sound(path: Path, names: set[str]) -> None:
    """The file is whole, and these students are in it."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    with Gradebook.open(path) as book:
        assert {one.attempt.student for one in book.attempts()} == names
        assert all(book.submission(one.attempt.submission_hash) for one in book.attempts())
        assert book.audit() == []


# --- Not a gradebook -------------------------------------------------------------------------------------------


def test_a_file_that_is_no_database(file: Path) -> None:
    for data in (b"", b"hello", b"SQLite format 2\0" + bytes(100), b"PK\3\4" + bytes(5000), os.urandom(8192)):
        file.write_bytes(data)
        assert open_error(file).kind == "not_a_gradebook"
        assert open_error(file, read_only=True).kind == "not_a_gradebook"
        assert file.read_bytes() == data


def test_the_header_of_a_database_and_then_nothing_of_it(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\0" + b"\x55" * 5000)
    assert open_error(file).kind in ("not_a_gradebook", "damaged")


def test_another_programs_database_is_left_alone(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE bookmarks (url)")
    connection.commit()
    connection.close()
    file.chmod(0o600)
    before = file.read_bytes()
    for options in ({}, {"create": False}, {"read_only": True}):
        assert open_error(file, **options).kind == "not_a_gradebook"
    assert file.read_bytes() == before


def test_a_folder_and_other_things(tmp_path: Path) -> None:
    assert open_error(tmp_path).kind == "not_a_gradebook"
    os.mkfifo(tmp_path / "pipe")
    assert open_error(tmp_path / "pipe").kind == "not_a_gradebook"
    assert open_error("/dev/null").kind == "not_a_gradebook"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert open_error(tmp_path / "loop").kind == "permission"
    (tmp_path / "dangling").symlink_to(tmp_path / "absent")
    assert open_error(tmp_path / "dangling").kind in ("permission", "missing")


def test_what_is_not_there_is_made_only_on_demand(file: Path) -> None:
    assert open_error(file, create=False).kind == "missing"
    assert open_error(file, read_only=True).kind == "missing"
    assert not file.exists()
    assert open_error(file.parent / "absent" / "x.db").kind == "missing"


@pytest.mark.parametrize(
    "place",
    ["mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "http://x/y", "postgresql://h:port/d", "", "a\0b"],
)
def test_an_address_of_another_kind_is_refused(place: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        Gradebook.open(place)
    assert raised.value.argument == "gradebook"
    assert "secret" not in str(raised.value)


# --- Damaged ---------------------------------------------------------------------------------------------------


def test_a_damaged_file_is_not_written_to(filled: Path) -> None:
    whole = filled.read_bytes()
    pages = len(whole) // 4096
    told = []
    for page in range(pages):
        filled.write_bytes(whole[: page * 4096 + 100] + b"\xa5" * 3996 + whole[(page + 1) * 4096 :])
        kind, text = error_of(lambda: Gradebook.open(filled).close())
        assert kind in ("damaged", "not_a_gradebook", ""), text  # pages that hold nothing may hold anything
        assert not kind or str(filled) in text
        told.append(kind)
    assert len(list(filter(None, told))) > pages * 0.7


def test_a_file_that_was_cut_off(filled: Path) -> None:
    whole = filled.read_bytes()
    for size in (17, 100, 4096, 8192, len(whole) // 2, len(whole) - 4096):
        filled.write_bytes(whole[:size])
        assert open_error(filled).kind in ("damaged", "not_a_gradebook")


# --- Full ------------------------------------------------------------------------------------------------------


def record_until_it_fails(book: Gradebook, most: int = 5000) -> tuple[set[str], GradebookError]:
    """Whom `record` confirmed, and what it raised in the end."""
    run = book.start_or_resume(EXERCISE, 1)
    done: set[str] = set()
    for k in range(most):
        name = f"student {k}"
        data = os.urandom(20_000)
        try:
            (hashed,) = book.keep(data)
            book.record(run, attempt(name, submission_hash=hashed))
        except GradebookError as error:
            return done, error
        done.add(name)
    raise AssertionError("it never failed")


def test_no_room_for_another_page(file: Path) -> None:
    with Gradebook.open(file) as book:

        @event.listens_for(book._engine, "checkout")
        def _limit(connection: Any, *_: Any) -> None:
            connection.execute("PRAGMA max_page_count=100")

        done, error = record_until_it_fails(book)
    assert error.kind == "disk_full"
    assert str(file) in str(error)
    assert "make room" in str(error)
    assert len(done) > 3
    sound(file, done)


def test_a_limit_on_the_size_of_files(file: Path) -> None:
    Gradebook.open(file).close()

    def work() -> tuple[set[str], str, str]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
        with Gradebook.open(file) as book:
            done, error = record_until_it_fails(book)
        return done, error.kind, str(error)

    done, kind, text = in_child(work)
    assert kind in ("disk_full", "file")
    assert str(file) in text
    assert len(done) > 3
    sound(file, done)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    with small_disk(tmp_path / "disk", "2m") as folder:
        yield folder


def test_a_full_disk(disk: Path) -> None:
    file = disk / "gradebook.db"
    with Gradebook.open(file) as book:
        done, error = record_until_it_fails(book)
        assert error.kind == "disk_full"
        assert "What was recorded before is safe" in str(error)
        assert {one.attempt.student for one in book.attempts()} == done
        resize(disk, "8m")
        book.record(book.start_or_resume(EXERCISE, 1), attempt("after"))
    assert len(done) > 3
    with Gradebook.open(file, read_only=True) as book:
        assert {one.attempt.student for one in book.attempts()} == done | {"after"}


def test_no_room_to_make_one(disk: Path) -> None:
    (disk / "filling").write_bytes(bytes((2 << 20) - 12_000))
    file = disk / "gradebook.db"
    with pytest.raises(GradebookError) as raised:
        Gradebook.open(file)
    assert raised.value.kind in ("disk_full", "file")
    assert "No space" in str(raised.value) or "no room" in str(raised.value), str(raised.value)
    assert [path.name for path in disk.iterdir()] == ["filling"]


# --- Read-only -------------------------------------------------------------------------------------------------


def as_nobody(work: Callable[[], Any]) -> Any:
    """`work()` by a user who may not do everything."""
    return in_child(work, user=NOBODY if os.geteuid() == 0 else None)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter: pytest's own is for its user alone."""
    import tempfile

    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def error_of(work: Callable[[], Any]) -> tuple[str, str]:
    """The kind and the text of the GradebookError that `work` raises."""
    try:
        work()
    except GradebookError as error:
        return error.kind, str(error)
    return "", "nothing was raised"


def test_a_file_without_the_right_to_write(filled: Path, open_folder: Path) -> None:
    file = open_folder / "gradebook.db"
    shutil.copy(filled, file)
    open_folder.chmod(0o777)
    file.chmod(0o444)

    def write() -> tuple[str, str]:
        return error_of(lambda: Gradebook.open(file).close())

    def read() -> int:
        with Gradebook.open(file, read_only=True) as book:
            return len(content(book))

    for owner in ("another", "oneself"):
        if os.geteuid() == 0:
            os.chown(file, 0 if owner == "another" else NOBODY, -1)
        kind, text = as_nobody(write)
        assert kind == "read_only"
        assert str(file) in text
        assert "chmod u+w" in text
        assert as_nobody(read) == 3
    assert file.stat().st_mode & 0o777 == 0o400, "not even then is it made writable"
    file.chmod(0o600)
    assert as_nobody(write) == ("", "nothing was raised"), "what was made beside it meanwhile is in nobody's way"


def test_a_folder_without_the_right_to_write(filled: Path, open_folder: Path) -> None:
    file = open_folder / "gradebook.db"
    shutil.copy(filled, file)
    file.chmod(0o644 if os.geteuid() == 0 else 0o600)
    open_folder.chmod(0o555)

    def work() -> tuple[tuple[str, str], tuple[str, str], int]:
        new = error_of(lambda: Gradebook.open(open_folder / "new.db").close())
        old = error_of(lambda: Gradebook.open(file).close())
        with Gradebook.open(file, read_only=True) as book:
            return new, old, len(content(book))

    new, old, read = as_nobody(work)
    assert new[0] == "file"
    assert "new.db" in new[1]
    assert old[0] in ("read_only", "permission")
    assert read == 3


def test_a_file_without_the_right_to_read(filled: Path, open_folder: Path) -> None:
    file = open_folder / "gradebook.db"
    shutil.copy(filled, file)
    file.chmod(0o000 if os.geteuid() != 0 else 0o600)
    kind, text = as_nobody(lambda: error_of(lambda: Gradebook.open(file, read_only=True).close()))
    assert kind == "permission"
    assert str(file) in text


def test_an_address_that_forbids_writing(filled: Path) -> None:
    with Gradebook.open(f"sqlite:///{filled}?mode=ro") as book:
        assert len(content(book)) == 3
        with pytest.raises(GradebookError) as raised:
            book.start_or_resume(EXERCISE, 1)
    assert raised.value.kind == "read_only"


def test_the_rest_of_a_killed_graders_log_is_read(filled: Path) -> None:
    def work() -> None:
        book = Gradebook.open(filled)
        book.record(book.start_or_resume(EXERCISE, 1), attempt("Dan"), submission=submission("Dan"))
        os._exit(9)  # without closing: the log stays

    in_child(work)
    assert filled.with_name("gradebook.db-wal").stat().st_size
    with Gradebook.open(filled, read_only=True) as book:
        assert len(content(book)) == 4
    sound(filled, {"Ada", "Ben", "Cyd", "Dan"})


# --- Locked ----------------------------------------------------------------------------------------------------


def test_another_process_that_does_not_finish(filled: Path) -> None:
    other = sqlite3.connect(filled, isolation_level=None)
    with Gradebook.open(filled, wait=0.2) as book:
        run = book.start_or_resume(EXERCISE, 1)
        other.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        with pytest.raises(GradebookError) as raised:
            book.record(run, attempt("Dan"))
        assert 0.15 < time.monotonic() - start < 10
        assert raised.value.kind == "locked"
        assert raised.value.passing
        assert str(filled) in str(raised.value)
        assert len(content(book)) == 3  # reading goes on
        assert open_error(filled, wait=0.2).kind == "locked"
        other.execute("ROLLBACK")
        assert book.record(run, attempt("Dan")) == "new"
    other.close()


# --- A server --------------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_a_server_that_is_away(server: Server) -> None:
    place = server.schema()
    with Gradebook.open(place) as book:
        run = book.start_or_resume(EXERCISE, 1)
        book.record(run, attempt("Ada"))
        server.stop("immediate")
        try:
            for call in (lambda: book.record(run, attempt("Ben")), lambda: book.done(run)):
                with pytest.raises(GradebookError) as raised:
                    call()
                assert raised.value.kind == "away"
                assert raised.value.passing
                assert "class_" in str(raised.value)
            assert open_error(place).kind == "away"
        finally:
            server.start()
        assert book.record(run, attempt("Ben")) == "new"
        assert {one.attempt.student for one in book.attempts()} == {"Ada", "Ben"}


@pytest.mark.postgres
def test_a_server_that_goes_in_the_middle_of_a_batch(server: Server) -> None:
    place = server.schema()
    with Gradebook.open(place) as book:
        run = book.start_or_resume(EXERCISE, 1)
        book.record(run, attempt("Ada"))

        def batch() -> Iterator[Any]:
            yield attempt("Ben")
            server.stop("immediate")
            server.start()
            yield attempt("Cyd")

        with pytest.raises(GradebookError) as raised:
            book.record_all(run, batch())
        assert raised.value.kind == "away"
        assert [one.attempt.student for one in book.attempts()] == ["Ada"]
        assert book.record_all(run, [attempt("Ben"), attempt("Cyd")]) == ["new", "new"]


def test_a_server_that_never_was() -> None:
    error = open_error("postgresql://ada:hidden%40word@127.0.0.1:1/course?password=another")
    assert error.kind == "away"
    assert "postgresql://ada:***@127.0.0.1:1/course" in str(error)
    assert "hidden" not in repr(error)
    assert "another" not in repr(error)


@pytest.mark.postgres
def test_what_a_server_refuses(server: Server) -> None:
    place = server.database()
    name = place.partition("?")[0].rpartition("/")[2]
    assert open_error(server.url("absent")).kind == "login"
    assert open_error(server.url(name, user="stranger")).kind == "login"
    assert open_error(place, create=False).kind == "missing"
    assert open_error(place, read_only=True).kind == "missing"
    server.sql("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN")
    assert open_error(server.url(name, user="reader")).kind == "permission"
    with Gradebook.open(place) as book:
        run = book.start_or_resume(EXERCISE, 1)
        book.record(run, attempt())
        server.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", name)
        with Gradebook.open(server.url(name, user="reader"), read_only=True) as reader:
            assert content(reader) == content(book)
        assert open_error(server.url(name, user="reader")).kind == "permission"
    server.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert open_error(place).kind == "read_only"


@pytest.mark.postgres
def test_a_writer_on_the_server_that_does_not_finish(server: Server) -> None:
    from gru_book.grading.gradebook.engine import writing

    place = server.schema()
    with Gradebook.open(place) as book, Gradebook.open(place, wait=0.3) as other:
        run = book.start_or_resume(EXERCISE, 1)
        with writing(book._engine), pytest.raises(GradebookError) as raised:
            other.record(run, attempt())
        assert raised.value.kind == "locked"
        assert other.record(run, attempt()) == "new"


@pytest.mark.postgres
def test_a_full_disk_of_the_server(server: Server) -> None:
    folder = server.folder / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=777", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    place = ""
    try:
        shutil.chown(folder, server.user)
        server.sql(f"CREATE TABLESPACE small LOCATION '{folder}'")
        place = server.database("TABLESPACE small")
        with Gradebook.open(place) as book:
            done, error = record_until_it_fails(book)
            assert error.kind == "disk_full"
            assert len(done) > 3
            subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)
            # Only now, since PostgreSQL tidies pages where it reads, for which a full disk may have no room.
            assert {one.attempt.student for one in book.attempts()} == done
            assert book.record(book.start_or_resume(EXERCISE, 1), attempt("after")) == "new"
    finally:
        subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)  # else it cannot even stop
        if place:
            server.sql(f"DROP DATABASE {place.partition('?')[0].rpartition('/')[2]}")
            server.sql("DROP TABLESPACE small")
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.postgres
def test_other_tables_in_the_database_do_not_disturb(server: Server) -> None:
    place = server.schema()
    sql(place, "CREATE TABLE attempts (id integer)")
    with Gradebook.open(place) as book:
        book.record(book.start_or_resume(EXERCISE, 1), attempt())
        assert book.audit() == [] or [finding.kind for finding in book.audit()] == ["not_stored"]


# --- Passwords -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:s3cret@host/db",
        "postgresql://me:s3cret@host:5432/db?sslmode=require",
        "postgresql://me@host/db?password=s3cret&sslmode=require",
        "postgresql://host/db?user=me&PASSWORD=s3cret",
        "postgresql://me:s3cret@x@host/db",
        "connection to postgres://me:s3cret@host/db failed",
        "password=s3cret host=h",
    ],
)
def test_a_password_is_masked(text: str) -> None:
    assert "s3cret" not in masked(text)
    assert "***" in masked(text)
    if text.startswith("postgres"):
        assert "s3cret" not in str(parse(text)) + repr(parse(text))
