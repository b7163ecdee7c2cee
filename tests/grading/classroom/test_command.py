"""`gru-book grade` as a whole, in processes of its own: end to end, stopped, killed, resumed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TypeVar

import numpy as np
import psutil
import pytest

from gru_book.cli import main
from gru_book.errors import GRUBookError
from gru_book.grading.classroom import demo
from gru_book.grading.gradebook import Gradebook
from gru_book.grading.gradebook.tables import attempts
from gru_book.grading.sandbox import SandboxUnavailable

from . import crash
from .conftest import is_sound, rows

KEY = bytes(range(32))
Place = TypeVar("Place", Path, str)
pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("jail")]


def with_key(path: Place) -> Place:
    """A gradebook whose run has a known key, so that two of them can be compared."""
    with Gradebook.open(path) as book:
        book.start_or_resume("90_leaky", 1, key=KEY)
    return path


def graded_so_far(path: Path) -> int:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        return connection.execute(f"SELECT count(*) FROM {attempts.name} WHERE status = 'graded'").fetchone()[0]


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory: pytest.TempPathFactory, pupils: list[demo.Pupil]) -> Path:
    folder = tmp_path_factory.mktemp("class") / "submissions"
    demo.write_class(pupils, folder)
    demo.add_mischief(folder)
    return folder


@pytest.fixture(scope="module")
def exercises(built_book: Path) -> Path:
    return built_book / "exercises"


@pytest.fixture(scope="module")
def undisturbed(class_folder: Path, exercises: Path, tmp_path_factory: pytest.TempPathFactory, jail: str):
    """The class graded by two processes without any trouble: the finished process, its gradebook's path, what was
    left running."""
    book = with_key(tmp_path_factory.mktemp("undisturbed") / "g.db")
    words = crash.command(class_folder, book, exercises, "--jobs", "2")
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    seen: dict[int, psutil.Process] = {}
    while process.poll() is None:
        seen.update({one.pid: one for one in crash.descendants(process.pid)})
        time.sleep(0.2)
    out, err = process.communicate()
    return process.returncode, out, err, book, crash.wait_until_gone(list(seen.values()))


def test_end_to_end(undisturbed, pupils: list[demo.Pupil]) -> None:
    code, out, err, book, left = undisturbed
    assert code == 1, out + err
    assert left == [], "nothing is left running"
    found = rows(book)
    by_student = {row["student"]: row for row in found}
    for pupil in pupils:
        row = by_student[pupil.name]
        if pupil.kind in demo.BROKEN:
            assert (row["status"], row["points"]) == ("refused", 0.0)
        else:
            assert row["status"] == "graded", row
            assert row["isolation"] == "bubblewrap"
        if pupil.kind in demo.HOSTILE:
            assert row["points"] < row["max_points"], pupil
    assert is_sound(book)
    assert "A leaky memory" in out
    assert "most frequent mistakes" in out
    assert "alpha and 1 - alpha swapped" in out
    assert "link.ipynb: a symbolic link" in out
    assert "Traceback" not in err


def test_one_process_gives_the_same_grades(undisturbed, class_folder: Path, exercises: Path, tmp_path: Path) -> None:
    book = with_key(tmp_path / "one.db")
    done = subprocess.run(
        crash.command(class_folder, book, exercises, "--jobs", "1", "--json"), capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    assert rows(book) == rows(undisturbed[3])
    report = json.loads(done.stdout)
    assert (report["schema"], report["isolation"], report["stopped"]) == (1, "bubblewrap", False)
    assert report["exercises"][0]["graded"] == report["now"]["graded"]
    assert {"name", "code", "reason", "student", "exercise"} == set(report["refused"][0])
    again = subprocess.run(
        crash.command(class_folder, book, exercises, "--jobs", "1", "--json"), capture_output=True, text=True
    )
    second = json.loads(again.stdout)
    assert (second["before"], second["now"]) == (report["now"]["graded"], {})
    assert again.returncode == 1, "what is refused is told again"


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c(times: int, undisturbed, class_folder: Path, exercises: Path, tmp_path: Path) -> None:
    """Once: what runs is finished. Twice: at once. The same command then goes on to the same grades."""
    book, log = with_key(tmp_path / "g.db"), tmp_path / "log"
    words = crash.command(class_folder, book, exercises, "--jobs", "2")
    process = crash.start(words, log)
    while graded_so_far(book) < 5 and process.poll() is None:
        time.sleep(0.05)
    started = crash.descendants(process.pid)
    for _ in range(times):
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the group
        time.sleep(0.05)
    assert process.wait(timeout=60) == 130, log.read_text()
    assert crash.wait_until_gone(started) == []
    said = log.read_text()
    assert "once more stops at once" in said
    assert "The same command goes on." in said
    assert re.search(r"Stopped: \d+ of \d+ are not graded", said)
    assert "Traceback" not in said
    assert subprocess.run(words, capture_output=True).returncode == 1
    assert rows(book) == rows(undisturbed[3])


def test_kills(undisturbed, class_folder: Path, exercises: Path, tmp_path: Path) -> None:
    """A sample of what test_two_hundred_kills does at length."""
    kills = 0
    for number in range(10):
        book, log = with_key(tmp_path / f"{number}.db"), tmp_path / f"{number}.log"
        words = crash.command(class_folder, book, exercises, "--jobs", "2")
        report = crash.grade_under_fire(words, log, np.random.default_rng([20, number]), kills=5, pause=(0.05, 0.4))
        assert report.left == []
        assert rows(book) == rows(undisturbed[3])
        assert is_sound(book)
        kills += report.kills.total()
        if kills >= 5:
            break
    assert kills >= 5


# --- What cannot be done -------------------------------------------------------------------------------------


def run(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["grade"], "name the folder or zip"),
        (["grade", "absent"], "no such folder or zip"),
        (["grade", "README"], "expected a zip"),
        (["grade", "empty"], "no notebook"),
        (["grade", "empty", "--exercise", "99_none"], "expected one of 90_leaky"),
        (["grade", "empty", "--jobs", "0"], "--jobs"),
        (["grade", "empty", "--jobs", "2", "--dask", "tcp://x:1"], "exclude one another"),
        (["grade", "empty", "--time-limit", "soon"], "--time-limit"),
        (["grade", "empty", "--demo"], "leave out SUBMISSIONS"),
        (["grade", "nine", "--gradebook", "no/such/folder/g.db"], "its folder is not there"),
        (["grade", "nine", "--gradebook", "README"], "README"),
        (["grade", "nine", "--gradebook", "mysql://x/y"], "mysql"),
        (
            ["grade", "nine", "--gradebook", "postgresql://ada:hidden@127.0.0.1:1/c"],
            "postgresql://ada:***@127.0.0.1:1/c",
        ),
        (["grade", "nine", "--dask", "tcp://127.0.0.1:1"], "no Dask scheduler answers there"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line(words: list[str], named: str, book: Path, leaky, capsys, monkeypatch) -> None:
    monkeypatch.setattr("gru_book.grading.classroom.workers.DASK_TIMEOUT", 1.0)
    (book / "empty").mkdir()
    (book / "README").write_text("hello")
    demo.write_class(demo.sample(leaky, 2, hostile=0.0), book / "nine")
    assert run(*words) == 2
    said = capsys.readouterr()
    assert named in said.err
    assert len(said.err.splitlines()) == 1
    assert "Traceback" not in said.err
    assert "hidden" not in said.err


def test_without_bubblewrap_it_refuses(book: Path, leaky, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    demo.write_class(demo.sample(leaky, 2, hostile=0.0), book / "two")

    def none() -> str:
        raise SandboxUnavailable("bubblewrap is not installed", "sudo apt-get install bubblewrap")

    monkeypatch.setattr("gru_book.grading.sandbox.jail.find_bubblewrap", none)
    assert run("grade", "two") == 2
    said = capsys.readouterr().err
    assert "bubblewrap is not installed" in said
    assert "sudo apt-get install bubblewrap" in said
    assert "--no-sandbox" in said
    assert not Path("gradebook.db").exists() or graded_so_far(Path("gradebook.db")) == 0


def test_a_jail_that_is_killed_while_it_starts_is_tried_again(book: Path, leaky, capsys, monkeypatch) -> None:
    """Each first process of the jail is killed at once, as when memory runs out: run it again, says the one line."""
    demo.write_class(demo.sample(leaky, 2, hostile=0.0), book / "two")
    killer = book / "bwrap"
    killer.write_text("#!/bin/sh\nkill -9 $$\n")
    killer.chmod(0o755)
    monkeypatch.setattr("gru_book.grading.sandbox.jail.find_bubblewrap", lambda: str(killer))
    assert run("grade", "two") == 2
    assert capsys.readouterr().err.splitlines() == [crash.AT_THE_START]


def test_no_sandbox_is_recorded(book: Path, leaky, capsys) -> None:
    demo.write_class(demo.sample(leaky, 2, hostile=0.0), book / "two")
    assert run("grade", "two", "--jobs", "1", "--no-sandbox") == 0
    assert "Graded without a sandbox" in capsys.readouterr().out
    assert {row["isolation"] for row in rows(Path("gradebook.db"))} == {"none: a separate process"}
    assert run("gradebook", "audit") == 1, "the audit finds it"
    assert "no_sandbox" in capsys.readouterr().out


def test_a_gradebook_that_cannot_be_written(book: Path, leaky, capsys) -> None:
    """A disk of 300 kB: one line, and what was recorded stays; with room, the same command goes on."""
    demo.write_class(demo.sample(leaky, 8, hostile=0.0), book / "eight")
    place = with_key(book / "g.db")
    with sqlite3.connect(place) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    small = "import sqlite3\n" + _limited(pages + 1)
    words = [sys.executable, "-c", small, "grade", "eight", "--gradebook", str(place), "--jobs", "1"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "full" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert is_sound(place)
    before = graded_so_far(place)
    assert before < 8
    assert run("grade", "eight", "--gradebook", place, "--jobs", "1") == 0
    assert graded_so_far(place) == 8


def _limited(pages: int) -> str:
    """The command, with a database that may not grow beyond so many pages: as a full disk, to SQLite."""
    return (
        "from sqlalchemy import event\nfrom sqlalchemy.engine import Engine\n"
        f"event.listen(Engine, 'connect', lambda c, r: c.execute('PRAGMA max_page_count = {pages}'))\n"
        "from gru_book.cli import main\nif __name__ == '__main__':\n    main()\n"
    )


def test_regrade_through_the_command(undisturbed, exercises: Path, tmp_path: Path, capsys) -> None:
    """With a new key, from the bytes that the gradebook kept, without the folder."""
    book = tmp_path / "g.db"
    shutil.copy(undisturbed[3], book)
    before = {row["student"]: row["points"] for row in rows(book) if row["status"] == "graded"}
    student = next(iter(before))
    assert run("gradebook", "regrade", "--gradebook", book, "--student", student, "--new-key") == 0
    assert run("grade", "--gradebook", book, "--exercises", exercises, "--jobs", "1") == 0
    capsys.readouterr()
    with Gradebook.open(book, create=False) as opened:
        assert opened.to_regrade() == []
        keys = {one.key_id for one in opened.attempts(student=student)}
        assert opened.best()[student, "90_leaky"].points == before[student]
    assert len(keys) == 2


def test_a_regrade_by_another_version_is_told_and_left(undisturbed, exercises: Path, tmp_path: Path, capsys) -> None:
    book = tmp_path / "g.db"
    shutil.copy(undisturbed[3], book)
    asked = ["--gradebook", book, "--exercise", "90_leaky", "--exercise-version", "2"]
    assert run("gradebook", "regrade", *asked) == 0
    assert run("grade", "--gradebook", book, "--exercises", exercises) == 2
    said = capsys.readouterr().err
    assert "student0001: to be graded again by 90_leaky version 2; here it is version 1" in said


# --- The doctor ----------------------------------------------------------------------------------------------


def test_the_doctor_attacks_the_jail(capsys) -> None:
    assert run("doctor", "--sandbox", "--json") == 0
    probes = {probe["name"]: probe for probe in json.loads(capsys.readouterr().out)["probes"]}
    assert {"bubblewrap", "jail", "refuses: network", "refuses: fork", "gradebook"} <= set(probes)
    assert [name for name, probe in probes.items() if probe["needed"] and not probe["ok"]] == []


def test_the_doctor_says_what_mends_a_breach(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    def breach() -> str:
        raise GRUBookError("it reached a server on this machine")

    monkeypatch.setattr("gru_book.grading.sandbox.probe.probes", lambda: [("refuses: network", breach, "mend it so")])
    monkeypatch.setattr("gru_book.doctor.jail", lambda *modules: "starts")
    assert run("doctor", "--sandbox") == 1
    said = capsys.readouterr().out
    assert "FAIL  refuses: network" in said
    assert "mend: mend it so" in said
    assert "Needed and not working: refuses: network." in said


# --- The made-up class ---------------------------------------------------------------------------------------


def test_demo(book: Path, capsys) -> None:
    assert run("grade", "--demo", "12", "--exercise", "90_leaky", "--jobs", "1") == 1
    said = capsys.readouterr().out
    assert "A class of 12" in said
    assert "Refused" in said
    assert "graded now" in said
    assert not Path("gradebook.db").exists(), "it leaves nothing behind"


# --- At length -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_kills(undisturbed, class_folder: Path, exercises: Path, tmp_path: Path, results) -> None:
    """SIGKILL of coordinator, worker, warm process and jailed child at random moments, 200 times and more: after the
    same command the gradebook is that of the undisturbed run, row by row, SQLite's check passes, nothing runs on."""
    expected, total, commands, classes = rows(undisturbed[3]), 0, 0, 0
    kills: dict[str, int] = dict.fromkeys(crash.TARGETS, 0)
    start = time.monotonic()
    while total < 200:
        book, log = with_key(tmp_path / f"{classes}.db"), tmp_path / f"{classes}.log"
        words = crash.command(class_folder, book, exercises, "--jobs", "2")
        report = crash.grade_under_fire(words, log, np.random.default_rng([21, classes]), kills=12, pause=(0.05, 0.4))
        assert report.left == [], log.read_text()
        assert rows(book) == expected, log
        assert is_sound(book)
        for kind, count in report.kills.items():
            kills[kind] += count
        total, commands, classes = sum(kills.values()), commands + report.commands, classes + 1
    assert min(kills.values()) >= 10, kills
    results("grading_crashes", {
        "kills": kills, "total": total, "classes": classes, "submissions": len(expected), "commands": commands,
        "seconds": round(time.monotonic() - start, 1), "equal": True, "integrity_check": "ok", "left_running": 0,
    })  # fmt: skip
