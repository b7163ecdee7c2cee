"""A sound gradebook has no finding; each thing that can be wrong is planted, and found by its own word."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.gradebooks import EXERCISE, attempt, failure, refusal, sql, submission

from gru_book.cli import main
from gru_book.grading.gradebook import Attempt, Gradebook
from gru_book.grading.gradebook.audit import KINDS, Finding


@pytest.fixture
def sound(book: Gradebook) -> Gradebook:
    """Three graded students, one refused, their bytes; nothing to find."""
    run = book.start_or_resume(EXERCISE, 1)
    for one in (attempt("Ada"), attempt("Ben", 2.0), attempt("Cyd", 0.0), refusal("Dan")):
        book.record(run, one, submission=submission(one.student))
    assert book.audit() == []
    return book


def record(*attempts: Attempt) -> Callable[[Gradebook, str], None]:
    """Plants attempts, with their bytes."""

    def plant(book: Gradebook, place: str) -> None:
        for one in attempts:
            book.record(book.start_or_resume(EXERCISE, one.exercise_version), one, submission=submission(one.student))

    return plant


def by_hand(statement: str) -> Callable[[Gradebook, str], None]:
    """Plants what somebody with the database's own tools did."""
    return lambda book, place: sql(place, statement) and None


def ask_again(book: Gradebook, place: str) -> None:
    book.ask_again(student="Ada")


def another_key(book: Gradebook, place: str) -> None:
    run = book.start_or_resume(EXERCISE, 1, key=bytes(32))
    book.record(run, attempt("Eve"), submission=submission("Eve"))


def only_bytes_of_another(book: Gradebook, place: str) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    book.record(run, attempt("Eve", submission_hash=attempt("Ada").submission_hash))


def repeated(book: Gradebook, place: str) -> None:
    book.record(book.start_or_resume(EXERCISE, 1), attempt("Ada", 1.0))


def changed_try(book: Gradebook, place: str) -> None:
    book.record(book.start_or_resume(EXERCISE, 1), failure("Ada"))
    sql(place, "UPDATE gradebook_tries SET reason = 'another'")


def not_stored(book: Gradebook, place: str) -> None:
    book.record(book.start_or_resume(EXERCISE, 1), attempt("Eve"))


def bytes_of_another(book: Gradebook, place: str) -> None:
    values = {"size": len(submission("Ben")), "compressed": zlib.compress(submission("Ben"))}
    sql(place, "UPDATE gradebook_submissions SET size = :size, compressed = :compressed", **values)


CHANGE = "UPDATE gradebook_attempts SET {} WHERE student = 'Ada'"
QUESTIONS = json.dumps([{"id": "90.1", "points": 3.0, "max_points": 4.0}])
PLANTS: dict[str, tuple[str, Callable[[Gradebook, str], None]]] = {
    "points without questions": ("points", by_hand(CHANGE.format("points = 4"))),
    "points above the most": ("points", by_hand(CHANGE.format("max_points = 2"))),
    "another most": ("points", by_hand(CHANGE.format("max_points = 5"))),
    "another question": ("changed", by_hand(CHANGE.format(f"questions = '{QUESTIONS}'"))),
    "questions that are none": ("changed", by_hand(CHANGE.format("questions = 'x'"))),
    "questions of another kind": ("points", by_hand(CHANGE.format("questions = '[1]'"))),
    "no list of questions": ("changed", by_hand(CHANGE.format("questions = '5'"))),
    "no table of durations": ("changed", by_hand(CHANGE.format("durations = '[1]'"))),
    "no table of versions": ("changed", by_hand(CHANGE.format("versions = 'null'"))),
    "another student's name": ("changed", by_hand(CHANGE.format("student = 'Eve'"))),
    "another time": ("changed", by_hand(CHANGE.format("graded_at = '2027-01-01T00:00:00.000000+00:00'"))),
    "a time that is none": ("changed", by_hand(CHANGE.format("graded_at = 'now'"))),
    "another isolation": ("changed", by_hand(CHANGE.format("isolation = 'bubblewrap 2'"))),
    "versions that are none": ("changed", by_hand(CHANGE.format("versions = 'x'"))),
    "another version": ("changed", by_hand("UPDATE gradebook_runs SET exercise_version = 2")),
    "another try": ("changed", changed_try),
    "another key": ("key", by_hand("UPDATE gradebook_runs SET key_id = '0123456789abcdef'")),
    "other bytes": ("submission", by_hand("UPDATE gradebook_submissions SET size = size + 1")),
    "bytes of another": ("submission", bytes_of_another),
    "bytes that are lost": ("not_stored", by_hand("DELETE FROM gradebook_submissions")),
    "bytes that never came": ("not_stored", not_stored),
    "no sandbox": ("no_sandbox", record(attempt("Eve", isolation="none"))),
    "isolation unknown": ("no_sandbox", record(attempt("Eve", isolation=""))),
    "a newer numpy": ("versions", record(attempt("Eve", versions={"numpy": "2.5"}))),
    "a newer exercise": ("versions", record(attempt("Eve", exercise_version=2))),
    "a second key": ("versions", another_key),
    "another result": ("not_repeatable", repeated),
    "a failure": ("infrastructure", record(failure("Eve"))),
    "an appeal": ("regrade", ask_again),
    "the same bytes": ("duplicate", only_bytes_of_another),
    "a name twice": ("names", record(attempt("ADA "))),
    "a wide name": ("names", record(attempt("Ａda"))),
}


@pytest.mark.parametrize("name", PLANTS)
def test_what_is_planted_is_found(sound: Gradebook, place: str, name: str) -> None:
    kind, plant = PLANTS[name]
    plant(sound, place)
    found = sound.audit()
    kinds = [finding.kind for finding in found]
    assert kind in kinds, found
    allowed = {kind, "versions"} if name in ("another version", "a newer exercise", "a second key") else {kind}
    if kind in ("not_stored", "no_sandbox", "versions", "infrastructure", "regrade", "duplicate", "names"):
        assert set(kinds) <= allowed, found
    assert [list(KINDS).index(kind) for kind in kinds] == sorted(list(KINDS).index(kind) for kind in kinds)


def test_every_kind_but_the_files_own_is_planted() -> None:
    assert {kind for kind, _ in PLANTS.values()} == set(KINDS) - {"integrity", "private"}


@pytest.mark.parametrize("column", ["reason", "durations", "seed_id", "submitted_at", "isolation", "status", "digest"])
def test_no_column_can_be_changed_unseen(sound: Gradebook, place: str, column: str) -> None:
    value = {"durations": '{"run": 1.0}', "status": "refused", "submitted_at": "2026-03-01T12:00:00.000000+00:00"}
    sql(place, CHANGE.format(f"{column} = '{value.get(column, 'bubblewrap x')}'"))
    assert [finding.kind for finding in sound.audit()] == ["changed"]


def test_what_is_no_trouble_is_not_found(sound: Gradebook) -> None:
    run = sound.start_or_resume(EXERCISE, 1)
    sound.record(run, failure("Ada"))  # a grade is there
    sound.record(run, attempt("Ada", durations={"run": 9.0}))  # graded twice with one result
    sound.record(run, refusal("Eve"))  # no bytes, and nothing ran
    other = sound.start_or_resume("other", 1)  # another exercise with other versions and the same bytes
    sound.record(other, attempt("Ada", exercise="other", versions={"numpy": "1"}), submission=submission("Ada"))
    assert sound.audit() == []


def test_a_file_that_others_can_read_and_one_that_is_damaged(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "gradebook.db"
    with Gradebook.open(file) as book:
        run = book.start_or_resume(EXERCISE, 1)
        for k in range(200):
            book.record(run, attempt(f"student {k:03}"), submission=submission(f"student {k:03}"))
    file.chmod(0o644)
    with Gradebook.open(file, read_only=True) as book:
        (finding,) = book.audit()
    assert finding.kind == "private"
    assert "chmod 600" in finding.text
    data = bytearray(file.read_bytes())
    at = data.index(b"student 150")  # in a table's page or an index's: the two no longer agree
    data[at : at + 11] = b"student 951"
    file.write_bytes(data)
    assert main_code("audit", "--gradebook", file) == 1
    assert "integrity: the database's own check fails" in capsys.readouterr().out


def main_code(*words: Any) -> int:
    """The exit code of `gru-book gradebook ...`."""
    with pytest.raises(SystemExit) as ended:
        main(["gradebook", *map(str, words)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_command_says_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gradebook.db"
    with Gradebook.open(file) as book:
        run = book.start_or_resume(EXERCISE, 1)
        book.record(run, attempt("Ada"), submission=submission("Ada"))
    assert main_code("audit", "--gradebook", file) == 0
    assert capsys.readouterr().out == "Nothing found: sound, and every sum and hash is right.\n"
    with Gradebook.open(file) as book:
        for k in range(8):
            name = f"student {k}"
            book.record(run, attempt(name, isolation="none"), submission=submission(name))
    assert main_code("audit", "--gradebook", file) == 1
    text = capsys.readouterr().out
    assert "no_sandbox: graded without a sandbox\n  90_leaky: isolation: none (student 0; " in text
    assert "student 4; and 3 more)" in text
    assert main_code("audit", "--gradebook", file, "--json") == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["kind"] == "no_sandbox"
    assert len(found["students"]) == 8
    assert Finding(found["kind"], found["text"], found["exercise"], tuple(found["students"])).to_json() == found
