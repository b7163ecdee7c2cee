"""Grades as CSV, JSON and a table: no name becomes a formula or moves the cursor, and no key gets out."""

from __future__ import annotations

import base64
import csv
import io
import json
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.gradebooks import EXERCISE, attempt, failure, refusal, submission

from gru_book.cli import main
from gru_book.errors import GRUBookError
from gru_book.grading.gradebook import Gradebook
from gru_book.grading.gradebook.export import DETAILS, FORMULA, INVISIBLE, SUMMARY, as_csv, cell, every_attempt, grades

NAMES = [
    "Ada Lovelace", "O'Neill, \"Pat\"", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1",
    " =1+1", "＝1+1", "\u200b=1+1", "a\nb", "a\r\nb",
    "\u202egnp.exe", "\x1b[2J\x1b]0;x\x07", "Zoë 你好 🎓", "", "'x", ";x",
]  # fmt: skip


def gru_book(*arguments: str | Path) -> int:
    """Run the command in this process. Returns its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["gradebook", *map(str, arguments)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gradebook.db"


@pytest.fixture
def hostile(file: Path) -> Path:
    """A gradebook whose students have names of every kind."""
    with Gradebook.open(file) as book:
        run = book.start_or_resume(EXERCISE, 1)
        for name in filter(None, NAMES):
            book.record(run, attempt(name), submission=submission(name))
    return file


def is_harmless(text: str) -> bool:
    """Whether no spreadsheet takes it for a formula and no terminal for a command."""
    return not text.startswith(FORMULA) and not any(unicodedata.category(char) in INVISIBLE for char in text)


@given(st.text())
@example("=1+1")
@example("\u200b=1+1")
@example("\x1b=1")
def test_any_text_becomes_a_harmless_cell(text: str) -> None:
    made = cell(text)
    assert is_harmless(made)
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow([made, "next"])
    assert next(csv.reader(io.StringIO(stream.getvalue(), newline=""))) == [made, "next"]
    if text.isalnum():
        assert made == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_stays_one(number: float) -> None:
    made = cell(number)
    assert isinstance(made, (int, float))
    assert float(str(made)) == number
    assert cell(-3.0) == -3
    assert cell("-3") == "'-3"


def test_a_cell_that_is_not_looked_at_would_be_seen() -> None:
    assert not all(is_harmless(name) for name in NAMES)
    assert all(is_harmless(cell(name)) for name in NAMES)


def test_the_csv_file_has_a_row_each_and_harmless_cells(hostile: Path, tmp_path: Path) -> None:
    out = tmp_path / "grades.csv"
    assert gru_book("export", "--gradebook", hostile, "--csv", out) == 0
    with out.open(encoding="utf-8", newline="") as stream:
        head, *rows = list(csv.reader(stream))
    assert head == [*SUMMARY, "90.1", "90.2"]
    assert len(rows) == len(NAMES) - 1
    assert all(len(row) == len(head) for row in rows)
    assert all(is_harmless(text) for row in rows for text in row)
    assert {row[0] for row in rows} == {cell(name) for name in NAMES if name}
    for row in rows:
        line = dict(zip(head, row, strict=True))
        assert (line["points"], line["max_points"], line["90.1"]) == ("3", "4", "1.5")


def test_the_json_file_has_the_names_as_they_are(hostile: Path, tmp_path: Path) -> None:
    out = tmp_path / "grades.json"
    assert gru_book("export", "--gradebook", hostile, "--json", out) == 0
    text = out.read_text(encoding="ascii")
    content = json.loads(text)
    assert (content["schema"], content["policy"]) == (1, "best")
    assert {row["student"] for row in content["grades"]} == set(filter(None, NAMES))
    assert content["grades"][0]["questions"][1]["feedback"] == "h\0 is wrong."
    assert not any(unicodedata.category(char) in INVISIBLE for char in text if char != "\n")


def test_the_table_can_only_be_read(hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--student", "\x1b[2J\x1b]0;x\x07", "--exercise", EXERCISE], ["--json"]):
        assert gru_book("show", "--gradebook", hostile, *words) == 0
        text = capsys.readouterr().out
        assert not any(unicodedata.category(char) in INVISIBLE for char in text if char != "\n")
    assert gru_book("audit", "--gradebook", hostile) == 1
    assert not any(unicodedata.category(char) in INVISIBLE for char in capsys.readouterr().out if char != "\n")


def test_every_attempt_says_whether_it_stands(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    for one in (failure("Ada"), attempt("Ada"), attempt("Ada", points=2.0), refusal("Ben"), failure("Cyd")):
        book.record(run, one)
    rows = list(every_attempt(book))
    assert [(row["student"], row["points"], row["stands"]) for row in rows] == [
        ("Ada", 3.0, "yes"),
        ("Ada", None, "no (infrastructure)"),
        ("Ada", 2.0, "no (repeated)"),
        ("Ben", 0.0, "yes"),
        ("Cyd", None, "yes"),
    ]
    read = list(csv.DictReader(io.StringIO(as_csv(rows, DETAILS).decode(), newline="")))
    assert [row["points"] for row in read] == ["3", "", "2", "0", ""]
    assert [row["student"] for row in grades(book, "best")] == ["Ada", "Ben"]


def test_a_file_is_replaced_whole_or_not_at_all(
    hostile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    target = out / "grades.csv"
    target.write_text("before")

    def fails(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gru_book.grading.files.os.replace", fails)
    assert gru_book("export", "--gradebook", hostile, "--csv", target) == 2
    assert "No space left" in capsys.readouterr().err
    assert target.read_text() == "before"
    assert list(out.iterdir()) == [target]


def test_the_key_gets_out_nowhere(hostile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Gradebook.open(hostile) as book:
        (run,) = book.runs()
    forms = [run.key.hex(), repr(run.key)[2:-1], base64.b64encode(run.key).decode(), str(list(run.key))[1:-1]]
    out = tmp_path / "out"
    for words in (
        ["show"], ["show", "--json"], ["show", "--student", "+1+1", "--exercise", EXERCISE], ["audit"],
        ["audit", "--json"], ["export", "--csv", out], ["export", "--json", out],
        ["export", "--attempts", "--json", out], ["regrade", "--all"], ["regrade", "--list"],
    ):  # fmt: skip
        out.write_text("")
        assert gru_book(*words, "--gradebook", hostile) in (0, 1)
        text = capsys.readouterr()
        everything = text.out + text.err + out.read_text(encoding="utf-8")
        assert run.key_id in everything or words[0] != "export"
        assert not [form for form in forms if form in everything]


# --- Which attempt counts --------------------------------------------------------------------------------------


def submitted(name: str, points: float, day: int, **changed: Any) -> Any:
    """Ada's attempt at a submission of its own, handed in on a day of March."""
    import hashlib

    values = {"submission_hash": hashlib.sha256(name.encode()).hexdigest(), **changed}
    return attempt("Ada", points, **{"submitted_at": f"2026-03-{day:02}T00:00:00Z", **values})


def test_the_best_counts_or_the_latest(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    for one in (submitted("c", 1.0, 3), submitted("a", 2.0, 1), submitted("b", 4.0, 2), failure("Ben")):
        book.record(run, one)
    key = ("Ada", EXERCISE)
    assert book.best()[key].points == 4.0
    assert book.latest()[key].points == 1.0
    assert book.best().keys() == {key}
    assert [row["submissions"] for row in grades(book, "latest")] == [3]
    with pytest.raises(ValueError, match="policy"):
        book.counted("middle")


def test_of_equals_the_latest_counts(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    for one in (submitted("late", 2.0, 9), submitted("early", 2.0, 1)):
        book.record(run, one)
    assert book.best()["Ada", EXERCISE].submitted_at.startswith("2026-03-09")


def test_without_a_time_of_handing_in_the_time_of_grading_stands(book: Gradebook) -> None:
    run = book.start_or_resume(EXERCISE, 1)
    for day in (5, 7, 6):
        book.record(run, submitted(str(day), day / 2, 1, submitted_at="", graded_at=f"2026-03-{day:02}T00:00:00Z"))
    assert book.latest()["Ada", EXERCISE].points == 3.5


def test_a_newer_run_replaces_even_if_it_is_worse(book: Gradebook) -> None:
    old = book.start_or_resume(EXERCISE, 1)
    book.record(old, attempt("Ada", 4.0))
    new = book.start_or_resume(EXERCISE, 2)
    book.record(new, failure("Ada", exercise_version=2))
    assert book.best()["Ada", EXERCISE].points == 4.0, "a failure of the grader takes no points"
    book.record(new, attempt("Ada", 2.0, exercise_version=2))
    assert book.best()["Ada", EXERCISE].points == 2.0
    assert len(grades(book, "best")) == 1


# --- The commands ----------------------------------------------------------------------------------------------


def test_show_is_a_table_with_points(hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Gradebook.open(hostile) as book:
        run = book.start_or_resume(EXERCISE, 1)
        book.record(run, submitted("worse", 1.0, 1))
        book.record(run, submitted("better", 4.0, 2))
        book.record(run, failure("Nobody yet"))
    assert gru_book("show", "--gradebook", hostile, "--student", "Ada") == 0
    text = capsys.readouterr().out
    assert "4 of 4" in text
    assert "2 submissions" in text
    assert gru_book("show", "--gradebook", hostile) == 0
    text = capsys.readouterr().out
    assert "the grader failed" in text
    assert "\\u202egnp.exe" in text
    assert gru_book("show", "--gradebook", hostile, "--student", "Ada", "--exercise", EXERCISE) == 0
    text = capsys.readouterr().out
    assert "(counts)" in text
    assert "is wrong." in text
    assert "numpy 2.4.6" in text
    assert gru_book("show", "--gradebook", hostile, "--student", "stranger") == 0
    assert "No attempt yet of these." in capsys.readouterr().out


def test_the_environment_names_the_gradebook(
    hostile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRU_BOOK_GRADEBOOK", str(hostile))
    assert gru_book("show", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["grades"]) == len(NAMES) - 1


@pytest.mark.parametrize("words", [["show"], ["audit"], ["export", "--csv", "x"], ["regrade", "--all"]], ids=" ".join)
def test_looking_makes_no_gradebook(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert gru_book(*words) == 2
    assert capsys.readouterr().err == "gru-book: gradebook.db: there is no gradebook. `gru-book grade` makes one\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["export"], "--csv"),
        (["regrade"], "--student"),
        (["regrade", "--student", "stranger"], "no such attempt"),
        (["show", "--policy", "worst"], "worst"),
        (["show", "--gradebook", "mysql://u:secret@h/d"], "mysql://u:***@h/d"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line(
    words: list[str],
    named: str,
    hostile: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GRU_BOOK_GRADEBOOK", str(hostile))
    assert gru_book(*words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert named in captured.err
    assert "secret" not in captured.err


def test_an_older_gradebook_can_be_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from gru_book.grading.gradebook.schema import make_file

    make_file(file, "0001")
    assert gru_book("show", "--gradebook", file) == 0
    assert "No attempt yet." in capsys.readouterr().out


# --- Grading again ---------------------------------------------------------------------------------------------


@pytest.fixture
def graded(book: Gradebook) -> Gradebook:
    """Ada and Ben with 3 points, and their bytes."""
    run = book.start_or_resume(EXERCISE, 1)
    for name in ("Ada", "Ben"):
        book.record(run, attempt(name), submission=submission(name))
    return book


def grade_with(points: float) -> Callable[[Any, bytes], Any]:
    """A grader that gives everybody these points, and looks at what it is given."""

    def grade(regrade: Any, data: bytes) -> Any:
        assert data == submission(regrade.student)
        assert len(regrade.run.key) == 32
        version = regrade.run.exercise_version
        return attempt(regrade.student, points, exercise_version=version, graded_at="2026-04-01T00:00:00Z")

    return grade


def test_with_the_same_key_the_new_grade_takes_the_old_ones_place(graded: Gradebook) -> None:
    asked = graded.ask_again(student="Ada", why="an appeal")
    assert (asked.new, asked.before, asked.without_bytes) == (1, 0, 0)
    assert graded.ask_again(student="Ada").before == 1
    (regrade,) = graded.to_regrade()
    assert (regrade.student, regrade.why, regrade.run.id) == ("Ada", "an appeal", 1)
    said = []
    assert graded.regrade(grade_with(2.0), on_recorded=lambda one, outcome: said.append(outcome)) == 1
    assert said == ["replaced"]
    assert graded.to_regrade() == []
    found = [(one.attempt.points, one.why) for one in graded.attempts(student="Ada", all_tries=True)]
    assert found == [(2.0, ""), (3.0, "regraded")]
    assert graded.best()["Ben", EXERCISE].points == 3.0
    assert graded.audit() == []


def test_a_request_is_answered_once(graded: Gradebook) -> None:
    graded.ask_again(student="Ada")
    (regrade,) = graded.to_regrade()
    again = grade_with(2.0)(regrade, submission("Ada"))
    assert graded.record(regrade.run, again, regrade=regrade) == "replaced"
    assert graded.record(regrade.run, again, regrade=regrade) == "known"
    later = attempt("Ada", 1.0, graded_at="2026-05-01T00:00:00Z")
    assert graded.record(regrade.run, later, regrade=regrade) == "kept"
    assert graded.best()["Ada", EXERCISE].points == 2.0


def test_a_failure_of_the_grader_answers_nothing(graded: Gradebook) -> None:
    graded.ask_again(student="Ada")
    (regrade,) = graded.to_regrade()
    assert graded.record(regrade.run, failure("Ada", 5), regrade=regrade) == "kept"
    assert graded.to_regrade() == [regrade]
    assert graded.best()["Ada", EXERCISE].points == 3.0


def test_with_a_new_key_there_is_a_new_run_and_the_class_keeps_its_own(graded: Gradebook) -> None:
    (old,) = graded.runs()
    assert graded.ask_again(exercise=EXERCISE, new_key=True).new == 2
    runs = {regrade.run for regrade in graded.to_regrade()}
    (new,) = runs
    assert new.key != old.key
    assert new.purpose == "regrade"
    assert graded.start_or_resume(EXERCISE, 1).key == old.key
    graded.regrade(grade_with(4.0))
    assert [line.points for line in graded.best().values()] == [4.0, 4.0]
    assert len(list(graded.attempts())) == 4


def test_by_a_mended_exercise_the_key_stays(graded: Gradebook) -> None:
    (old,) = graded.runs()
    graded.ask_again(exercise=EXERCISE, versions={EXERCISE: 2})
    graded.regrade(grade_with(4.0))
    run = graded.start_or_resume(EXERCISE, 2)
    assert (run.key, run.resumed, run.purpose) == (old.key, True, "class")
    assert len(graded.done(run)) == 2
    assert [line.exercise_version for line in graded.best().values()] == [2, 2]


def test_what_was_not_stored_cannot_be_graded_again(graded: Gradebook) -> None:
    graded.record(graded.start_or_resume(EXERCISE, 1), attempt("Cyd"))
    asked = graded.ask_again(exercise=EXERCISE)
    assert (asked.new, asked.without_bytes) == (2, 1)


def test_a_request_is_taken_back(graded: Gradebook) -> None:
    graded.ask_again(exercise=EXERCISE)
    graded.withdraw(graded.to_regrade(student="Ada"))
    assert [regrade.student for regrade in graded.to_regrade(EXERCISE)] == ["Ben"]


def test_another_grader_is_not_disturbed(graded: Gradebook) -> None:
    from gru_book.grading.gradebook import LeaseHeldError

    graded.ask_again(exercise=EXERCISE)
    (run,) = graded.runs()
    lease = graded.lease(run)
    with pytest.raises(LeaseHeldError):
        graded.regrade(grade_with(1.0))
    graded.release(lease)
    assert graded.regrade(grade_with(1.0)) == 2


def test_the_regrade_command(
    hostile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere() -> Path:
        raise GRUBookError("there is no book here")

    monkeypatch.setattr("gru_book.book.find_book", nowhere)
    where = ("--gradebook", hostile)
    assert gru_book("regrade", *where, "--student", "Ada Lovelace", "--why", "appeal\x1b[2J") == 0
    assert gru_book("regrade", *where, "--student", "Ada Lovelace") == 0
    assert gru_book("regrade", *where, "--list") == 0
    said = capsys.readouterr()
    text = said.out
    assert "no book here" in said.err
    assert text.startswith("1 to grade again. ")
    assert "\n0 to grade again, 1 asked for before. " in text
    assert "appeal\\u001b[2J" in text
    assert gru_book("regrade", *where, "--all", "--cancel") == 0
    assert capsys.readouterr().out == "1 taken back.\n"


def test_the_regrade_command_takes_the_version_that_the_book_has_now(
    file: Path, tmp_path: Path, built_book: Path
) -> None:
    exercises = tmp_path / "exercises"
    shutil.copytree(built_book / "exercises", exercises)
    with Gradebook.open(file) as book:
        book.record(book.start_or_resume(EXERCISE, 1), attempt("Ada"), submission=submission("Ada"))
    grader = exercises / EXERCISE / "grader.py"
    words = ("--gradebook", file, "--exercises", exercises, "--all")
    assert gru_book("regrade", *words) == 0
    source = grader.read_text(encoding="utf-8")
    assert "\n    version=" not in source
    grader.write_text(source.replace("Exercise(\n", "Exercise(\n    version=7,\n", 1), encoding="utf-8")
    assert gru_book("regrade", *words) == 0
    assert gru_book("regrade", *words, "--exercise-version", "9") == 0
    with Gradebook.open(file) as book:
        runs = [regrade.run for regrade in book.to_regrade()]
    assert [run.exercise_version for run in runs] == [1, 7, 9]
    assert len({run.key for run in runs}) == 1
