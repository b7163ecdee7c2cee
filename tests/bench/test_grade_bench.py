"""`gru-book bench grade`: its figures are of what it says, its exercise proves itself, and it writes when asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gru_book.bench import peers
from gru_book.bench.commands import table
from gru_book.bench.grade import Sizes, measure, torch_exercise, warm_rate
from gru_book.bench.machine import family, memory, version_of
from gru_book.cli import main
from gru_book.grading.classroom.coordinator import Tally
from gru_book.grading.exercises import load_exercise
from gru_book.grading.proof import prove
from gru_book.grading.sandbox import Sandbox, SandboxUnavailable

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"


@pytest.fixture(scope="module")
def _jail() -> None:
    try:
        with Sandbox(("numpy",)):
            pass
    except SandboxUnavailable as error:
        pytest.skip(str(error))


@pytest.mark.torch
def test_the_torch_exercise_proves_itself(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    proofs = prove(torch_exercise(tmp_path), seeds=3, right_seeds=5, quiet=True)
    assert len(proofs) > 20
    assert [proof for proof in proofs if not proof.holds] == []


def test_the_asserts_that_peers_get_agree_with_the_answers() -> None:
    """The solution passes them, a planted mistake does not; values have none."""
    exercise = load_exercise(EXERCISES / "05_gru_forward")
    answers = peers.demo.Answers(exercise)
    setup = f"import numpy as np\n{answers.solution['05.1']}\n"
    exec(setup + peers.tests_of(exercise, "05.1"), {"sigmoid": lambda a: 1 / (1 + __import__("numpy").exp(-a))})
    wrong = setup.replace("sigmoid(", "np.tanh(")
    assert wrong != setup
    with pytest.raises(AssertionError):
        exec(wrong + peers.tests_of(exercise, "05.1"), {})
    assert peers.tests_of(exercise, "05.5") == ""


def test_a_peer_without_an_environment_is_named(tmp_path: Path) -> None:
    exercise = load_exercise(EXERCISES / "05_gru_forward")
    found = peers.measure(exercise, 1, tmp_path, lambda words: None)
    assert set(found) == {"nbgrader", "otter"}
    assert all("no virtual environment" in one["not_installed"] for one in found.values())


def test_a_peer_that_fails_is_no_traceback(tmp_path: Path) -> None:
    python = tmp_path / "otter/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 'it broke' >&2\nexit 3\n")
    python.chmod(0o755)
    found = peers.measure(load_exercise(EXERCISES / "05_gru_forward"), 1, tmp_path, lambda words: None)
    assert found["otter"] == {"failed": "it broke"}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_and_family() -> None:
    child = subprocess.Popen([sys.executable, "-c", "x = bytearray(50 << 20); input()"], stdin=subprocess.PIPE)
    try:
        assert child.stdin is not None
        assert {os.getpid(), child.pid} <= set(family())
        while (memory([child.pid]) or 0) < 50 << 20:
            assert child.poll() is None
    finally:
        child.communicate(b"\n")
    assert child.pid not in family()
    assert memory([child.pid]) is None
    assert version_of("no-such-package") == "not installed"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_or_a_thread_that_ends_while_it_is_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of a process that is gone nothing is listed; of one with a thread that is gone, what the others started."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert family(ended.pid) == [ended.pid]

    started = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        listed = Path.iterdir
        monkeypatch.setattr(Path, "iterdir", lambda self: iter([tmp_path / "gone", *listed(self)]))
        assert started.pid in family()
    finally:
        started.communicate(b"\n")


@pytest.mark.sandbox
@pytest.mark.usefixtures("_jail")
def test_a_rate_counts_what_was_graded() -> None:
    found = warm_rate(load_exercise(EXERCISES / "02_vanilla_rnn"), 6, 1)
    assert (found["submissions"], found["questions"]) == (6, 4)
    assert found["per_second"] == pytest.approx(6 / found["seconds"], rel=0.01)


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.usefixtures("_jail")
def test_the_whole_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    seen: list[int] = []

    @contextmanager
    def watching() -> Iterator[Callable[[Tally], None]]:
        yield lambda tally: seen.append(tally.done)

    report = measure(EXERCISES, 2, Sizes(8, 8, 20, 1), tmp_path, said.append, watching).to_json()
    assert seen[-1] == 20
    assert seen == sorted(seen)
    assert report["memory"]["left_running"] == 0
    assert report["class"]["graded"] == 8
    assert len(said) >= 5
    shown = table(report)
    assert "submissions/s" in shown
    assert "not installed" in shown
    small = ["--submissions", "8", "--class-size", "8", "--memory", "20", "--peers", str(tmp_path)]
    words = ["bench", "grade", *small, "--exercises", str(EXERCISES), "--json", "--write", str(tmp_path / "b.json")]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "b.json").read_text())
