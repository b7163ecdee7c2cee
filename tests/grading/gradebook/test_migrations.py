"""An older gradebook, with data in it, becomes one of today; a newer one is refused; a step is whole or not taken."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from support.gradebooks import EXERCISE, Child, attempt, content, failure, sql, submission

from gru_book.grading.gradebook import Gradebook, GradebookError
from gru_book.grading.gradebook.address import parse
from gru_book.grading.gradebook.attempt import Attempt
from gru_book.grading.gradebook.engine import engine_for, writing
from gru_book.grading.gradebook.keys import key_id
from gru_book.grading.gradebook.recording import content_of
from gru_book.grading.gradebook.schema import HEAD, MIGRATIONS, REVISIONS, VERSION_TABLE, make_file, upgrade
from gru_book.grading.gradebook.tables import metadata

KEY = bytes(range(32))
OLD = [attempt("Ada"), attempt("Zoë\n", points=0.0), failure("Ben")]
LATER = ("digest", "submitted_at")
"""What an attempt of the first revision had not."""


def old_gradebook(place: str, attempts: list[Attempt] = OLD) -> None:
    """A gradebook of the first revision with attempts, a submission and a lease, as it then was written."""
    address = parse(place)
    if address.path is not None:
        make_file(address.path, "0001")
    else:
        engine = engine_for(address, read_only=False, wait=5)
        with writing(engine) as connection:
            upgrade(connection, "0001")
        engine.dispose()
    run = "INSERT INTO gradebook_runs (id, exercise, exercise_version, key, created_at) VALUES (7, :e, 1, :k, '2026')"
    sql(place, run, e=EXERCISE, k=KEY)
    for one in attempts:
        values = {name: value for name, value in content_of(one).items() if name not in LATER}
        values |= {"run_id": 7, "student": one.student, "submission_hash": one.submission_hash}
        columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        sql(place, f"INSERT INTO gradebook_attempts ({columns}) VALUES ({marks})", **values)
    sql(place, "INSERT INTO gradebook_leases VALUES (7, 41, 'an old grader', 0)")


def test_an_old_gradebook_with_data_is_led_here(place: str) -> None:
    old_gradebook(place)
    with Gradebook.open(place, create=False) as book:
        assert [one.attempt for one in book.attempts()] == OLD
        run = book.start_or_resume(EXERCISE, 1)
        assert (run.id, run.key, run.key_id, run.purpose) == (7, KEY, key_id(KEY), "class")
        assert book.done(run) == {(one.student, one.submission_hash) for one in OLD[:2]}
        assert book.record(run, OLD[0]) == "known", "the digests are those of today"
        assert book.record(run, attempt("Ben"), submission=submission("Ben")) == "replaced"
        assert book.lease(run).token == 42
        assert {finding.kind for finding in book.audit()} == {"not_stored"}


def test_leading_it_here_twice_changes_nothing(place: str) -> None:
    old_gradebook(place)
    Gradebook.open(place).close()
    with Gradebook.open(place) as book:
        before = content(book)
    with Gradebook.open(place) as book:
        assert content(book) == before


def test_processes_that_open_an_old_one_at_once(place: str) -> None:
    old_gradebook(place)

    def work() -> int:
        with Gradebook.open(place) as own:
            return len(content(own))

    children = [Child(work) for _ in range(4)]
    assert [child.result() for child in children] == [3] * 4


def test_for_reading_alone_an_old_one_is_refused(place: str) -> None:
    old_gradebook(place)
    with pytest.raises(GradebookError) as raised:
        Gradebook.open(place, read_only=True)
    assert raised.value.kind == "older"
    assert sql(place, f"SELECT version_num FROM {VERSION_TABLE}")[0][0] == "0001"


def test_a_newer_one_is_refused_and_left_alone(place: str) -> None:
    Gradebook.open(place).close()
    sql(place, f"UPDATE {VERSION_TABLE} SET version_num = '0099'")
    before = Path(place).read_bytes() if "://" not in place else b""
    for options in ({}, {"create": False}, {"read_only": True}):
        with pytest.raises(GradebookError) as raised:
            Gradebook.open(place, **options)
        assert raised.value.kind == "newer"
        assert "0099" in str(raised.value)
        assert "Update gru_book" in str(raised.value)
    assert not before or Path(place).read_bytes() == before


def test_a_row_that_was_changed_by_hand_holds_nobody_up(place: str) -> None:
    old_gradebook(place)
    sql(place, "UPDATE gradebook_attempts SET points = 1 WHERE student = 'Ada'")
    with Gradebook.open(place) as book:
        assert {"points"} <= {finding.kind for finding in book.audit()}


def test_a_step_that_fails_is_not_taken(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old_gradebook(place)

    def fails(*arguments: Any) -> str:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patched:
        patched.setattr("gru_book.grading.gradebook.keys.key_id", fails)
        with pytest.raises(RuntimeError, match="in the middle"):
            Gradebook.open(place)
    assert sql(place, f"SELECT version_num FROM {VERSION_TABLE}")[0][0] == "0001"
    with pytest.raises(Exception, match="purpose"):
        sql(place, "SELECT purpose FROM gradebook_runs")
    with Gradebook.open(place) as book:
        assert [one.attempt for one in book.attempts()] == OLD


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_a_process_that_is_killed_on_the_way_leaves_the_old_or_the_new(tmp_path: Path, every: int) -> None:
    """At the moments that matter: before each statement that it sends."""
    from sqlalchemy import Engine, event

    states = set()
    for k in range(0, 50, every):
        place = str(tmp_path / f"{k}.db")
        old_gradebook(place)

        def work(k: int = k, place: str = place) -> str:
            seen = 0

            @event.listens_for(Engine, "before_cursor_execute")
            def _count(*_: Any) -> None:
                nonlocal seen
                seen += 1
                if seen > k:
                    os.kill(os.getpid(), 9)

            Gradebook.open(place).close()
            return "whole"

        Child(work).result()
        states.add(sql(place, f"SELECT version_num FROM {VERSION_TABLE}")[0][0])
        with Gradebook.open(place) as book:
            assert [one.attempt for one in book.attempts()] == OLD
    assert states == {"0001", HEAD}


def test_the_tables_are_those_of_the_last_revision(place: str) -> None:
    old_gradebook(place)
    Gradebook.open(place).close()
    engine = engine_for(parse(place), read_only=False, wait=5)

    def ours(name: str | None, kind: str, names: Any) -> bool:
        return kind != "table" or (str(name).startswith("gradebook_") and name != VERSION_TABLE)

    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": "://" in place, "include_name": ours}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    engine.dispose()


def test_the_revisions_are_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert found == list(reversed(REVISIONS))
    assert found[0] == HEAD


def test_a_revision_that_was_released_is_never_edited() -> None:
    """Somebody's file was made by it: a change is a new revision, with a line here."""
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in (MIGRATIONS / "versions").glob("r*.py")
    }
    assert found == {"r0001_first.py": "a24a3e2939135261", "r0002_tries.py": "1830dc77c390eed1"}


def test_the_rules_of_the_tables_hold(book: Gradebook, place: str) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    book.record(run, attempt())
    for change in (
        "status = 'done'", "points = NULL", "points = -1", "status = 'infrastructure'", "run_id = 99", "student = NULL",
    ):  # fmt: skip
        with pytest.raises(GradebookError) as raised, book._writing() as connection:
            connection.exec_driver_sql(f"UPDATE gradebook_attempts SET {change}")
        assert raised.value.kind == "rule", change
    assert [one.attempt for one in book.attempts()] == [attempt()]
