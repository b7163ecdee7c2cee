"""grade_one: plain data in, plain data out, the same every time, whatever else the process grades."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from gru_book.grading.classroom import demo, packet, warm
from gru_book.grading.classroom.job import Graded, Job, grade_one
from gru_book.grading.classroom.packet import opened, packet_of
from gru_book.grading.classroom.seeds import seeds_of
from gru_book.grading.effort import Limit
from gru_book.grading.errors import CheckError, ExerciseError
from gru_book.grading.exercises import load_exercise
from gru_book.grading.sandbox import InfrastructureError, Limits
from gru_book.grading.sources import SEALED, seal
from gru_book.grading.spec import Exercise

KEY = bytes(range(32))
pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module", autouse=True)
def _cooled():
    yield
    warm.cool()


@pytest.fixture
def job_of(leaky: Exercise, jail: str) -> Callable[..., Job]:
    """A Job for these answers, question id -> source; others are the solution's."""
    answers = demo.Answers(leaky)
    found = packet_of(leaky)

    def make(
        changes: dict[str, str] | None = None, *, notebook: bytes | None = None, key: bytes = KEY, **more: Any
    ) -> Job:
        data = answers.notebook({**answers.solution, **(changes or {})}) if notebook is None else notebook
        seeds = seeds_of(key, leaky.id, leaky.version, found.cases)
        return replace(
            Job(
                "ada", hashlib.sha256(data).hexdigest(), "ada.ipynb", data, found, seeds, Limits(submission=30.0), jail
            ),
            **more,
        )

    return make


def content(graded: Graded) -> dict[str, Any]:
    return {**asdict(graded), "durations": None}


def test_the_solution_has_full_marks(job_of) -> None:
    graded = grade_one(job_of())
    assert (graded.status, graded.points, graded.max_points) == ("graded", 6.0, 6.0)
    assert graded.isolation == "bubblewrap"
    assert [question["status"] for question in graded.questions] == ["passed", "passed"]
    assert graded.versions["gru_book"]
    assert graded.versions["numpy"]
    assert set(graded.durations) == {"start", "cells", "questions", "total"}


def test_a_mistake_is_named_in_the_feedback(job_of) -> None:
    source = "def leaky_step(alpha, h_prev, x_t):\n    return alpha * h_prev + (1 - alpha) * x_t\n"
    first, second = grade_one(job_of({"90.1": source})).questions
    assert first["mistakes"] == ["weights-swapped"]
    assert first["points"] < first["max_points"]
    assert "alpha and 1 - alpha swapped" in first["feedback"]
    assert "The smallest input found that shows it" in first["feedback"]
    assert second["status"] == "failed", "it calls the first answer"


def test_everything_is_plain_data(job_of) -> None:
    job = job_of()
    graded = grade_one(pickle.loads(pickle.dumps(job)))
    assert pickle.loads(pickle.dumps(graded)) == graded
    json.dumps(asdict(graded), allow_nan=False)


def test_no_key_and_no_seed_is_shown(job_of) -> None:
    job = job_of()
    shown = repr(job)
    assert not any(str(seed) in shown for seed in job.seeds)
    data = pickle.dumps(job)
    assert KEY not in data


IN_SHORT = ("ends the process", "is equal to all", "never ends", "patches NumPy")


@pytest.mark.parametrize(
    "attack",
    [pytest.param(one, marks=() if one in IN_SHORT else pytest.mark.slow) for one in sorted(demo.HOSTILE)],
)
def test_hostile_answers_earn_nothing_and_the_next_is_right(attack: str, leaky: Exercise, job_of) -> None:
    source = demo.hostile_answer(leaky.questions[0], demo.HOSTILE[attack])
    first, _ = grade_one(job_of({"90.1": source})).questions
    assert first["points"] == 0
    assert grade_one(job_of()).points == 6.0


def test_the_grade_is_the_same_alone_and_after_others(leaky: Exercise, job_of) -> None:
    pupils = demo.sample(leaky, 10, seed=3, hostile=0.2)
    jobs = [job_of(notebook=pupil.notebook) for pupil in pupils]
    one_way = [content(grade_one(job)) for job in jobs]
    warm.cool()
    other_way = [content(grade_one(job)) for job in reversed(jobs)]
    assert one_way == other_way[::-1]


def test_another_key_gives_other_inputs_and_the_same_points(job_of) -> None:
    source = "def leaky_step(alpha, h_prev, x_t):\n    return h_prev\n"
    one, other = (grade_one(job_of({"90.1": source}, key=key)) for key in (KEY, bytes(32)))
    assert one.points == other.points
    assert one.seed_id != other.seed_id
    assert one.questions[0]["feedback"] != other.questions[0]["feedback"]


def test_an_answer_fitted_to_one_key_fails_under_another(leaky: Exercise, job_of) -> None:
    """What `check` shows is no help: the inputs of a grade are others."""
    shown = grade_one(job_of({"90.1": "def leaky_step(alpha, h_prev, x_t):\n    return x_t * 0\n"}))
    assert shown.points < 6
    table = "def leaky_step(alpha, h_prev, x_t):\n    return {0.5: x_t}.get(round(alpha, 3), x_t * 0)\n"
    assert grade_one(job_of({"90.1": table})).questions[0]["points"] == 0


def test_where_an_object_lies_is_not_in_the_feedback(job_of) -> None:
    source = "def leaky_step(alpha, h_prev, x_t):\n    raise ValueError(object())\n"
    feedback = grade_one(job_of({"90.1": source})).questions[0]["feedback"]
    assert "<object object at 0x…>" in feedback


@pytest.mark.parametrize("text", ["\ud800", "\0", "\udfff\ud800", "\x1b[2J\u202e"])
def test_odd_characters_in_an_answer_cost_only_that_answer(text: str, job_of) -> None:
    """Half a character, a NUL: Python compiles neither; the file can be read all the same."""
    source = f"def leaky_step(alpha, h_prev, x_t):\n    return {text}x_t\n"
    other = "def leaky_sequence(alpha, x, h_0):\n    out = []\n    for x_t in x:\n"
    other += "        h_0 = h_0 + alpha * (x_t - h_0)\n        out.append(h_0)\n    return np.array(out), h_0\n"
    graded = grade_one(job_of({"90.1": source, "90.2": other}))
    first, second = graded.questions
    assert (first["status"], first["points"], second["status"]) == ("error", 0.0, "passed")
    assert first["feedback"].replace("\n", "").isprintable()
    graded.reason.encode()
    json.dumps(graded.questions).encode()


def test_long_feedback_is_cut(job_of) -> None:
    source = f"def leaky_step(alpha, h_prev, x_t):\n    raise ValueError({'y' * 300!r} * 10_000)\n"
    questions = grade_one(job_of({"90.1": source})).questions
    assert max(len(question["feedback"]) for question in questions) <= 20_000


def test_a_notebook_that_cannot_be_read_is_refused(job_of) -> None:
    graded = grade_one(job_of(notebook=b"{"))
    assert (graded.status, graded.points) == ("refused", 0.0)
    assert "expected JSON" in graded.reason
    assert graded.questions == ()


def test_an_older_version_of_the_exercise_is_said(leaky: Exercise, job_of) -> None:
    data = demo.Answers(leaky).notebook({}).replace(b'"version": 1', b'"version": 0')
    assert "older version" in grade_one(job_of(notebook=data)).reason


def test_a_submission_has_a_time_of_its_own(leaky: Exercise, job_of) -> None:
    """Slow calls that each keep their limit end with the submission's; others are graded all the same."""
    slow = "import time\ndef leaky_step(alpha, h_prev, x_t):\n    time.sleep(1.0)\n    return x_t\n"
    graded = grade_one(job_of({"90.1": slow}, limits=Limits(submission=2.5)))
    assert graded.status == "graded"
    assert graded.durations["total"] < 8
    assert graded.points < 6


def test_another_version_of_gru_book_is_not_used(job_of) -> None:
    with pytest.raises(CheckError, match=r"a worker has gru_book .*, the coordinator 0\.0\.0"):
        grade_one(job_of(grader="0.0.0"))


def test_a_failure_of_the_jail_is_no_grade(job_of, monkeypatch: pytest.MonkeyPatch) -> None:
    real = warm.sandbox

    class Broken:
        def runner(self, cells: object) -> None:
            raise InfrastructureError("the warm process is gone")

    monkeypatch.setattr(warm, "sandbox", lambda *args: Broken())
    graded = grade_one(job_of())
    assert (graded.status, graded.points, graded.reason) == ("infrastructure", None, "the warm process is gone")
    monkeypatch.setattr(warm, "sandbox", real)
    assert grade_one(job_of()).points == 6.0


def test_one_at_a_time_in_a_process(job_of) -> None:
    """Several threads of one Dask worker."""
    jobs = [job_of() for _ in range(8)]
    with ThreadPoolExecutor(4) as pool:
        assert [graded.points for graded in pool.map(grade_one, jobs)] == [6.0] * 8


def test_without_a_sandbox_it_is_recorded(job_of) -> None:
    graded = grade_one(job_of(isolation="none"))
    assert graded.points == 6.0
    assert graded.isolation != "bubblewrap"
    assert "none" in graded.isolation


# --- Packets -------------------------------------------------------------------------------------------------


def test_a_packet_opens_to_the_same_exercise(leaky: Exercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRU_BOOK_CACHE", str(tmp_path / "cache"))
    packet._shelf.cache_clear()
    opened.cache_clear()
    found = packet_of(leaky)
    assert packet_of(leaky) == found
    exercise = opened(found)
    assert [question.id for question in exercise.questions] == ["90.1", "90.2"]
    (kept,) = (tmp_path / "cache").rglob(SEALED)
    kept.write_bytes(b"damaged")
    opened.cache_clear()
    assert opened(found).id == "90_leaky", "a damaged copy is written again"
    assert kept.read_bytes() == found.data
    assert kept.stat().st_mode & 0o077 == 0 or kept.parent.parent.parent.stat().st_mode & 0o077 == 0
    packet._shelf.cache_clear()
    opened.cache_clear()


def test_a_sealed_exercise_gives_a_packet_too(leaky: Exercise, tmp_path: Path) -> None:
    folder = tmp_path / "90_leaky"
    folder.mkdir()
    (folder / SEALED).write_bytes(packet_of(leaky).data)
    assert packet_of(load_exercise(folder)).data == packet_of(leaky).data


def test_without_a_solution_there_is_no_packet(leaky: Exercise, tmp_path: Path) -> None:
    folder = tmp_path / "90_leaky"
    shutil.copytree(leaky.folder, folder)
    (folder / "solution.ipynb").unlink()
    with pytest.raises(ExerciseError, match="no such file"):
        packet_of(load_exercise(folder))


def test_sealing_is_what_release_does(leaky: Exercise) -> None:
    """The same parts, but for the notebook that is handed out, which no grader needs."""
    from gru_book.grading.release import parts_of

    parts = parts_of(Path(leaky.folder))
    assert packet_of(leaky).data == seal(replace(parts, handed_out={}))


# --- Explanations --------------------------------------------------------------------------------------------


def test_a_slow_answer_is_not_explained_at_the_classs_cost(job_of) -> None:
    """Forty more calls of half a second, to confirm a name, would hold everybody up."""
    wrong = "return alpha * h_prev + (1 - alpha) * x_t\n"
    head = "import time\ndef leaky_step(alpha, h_prev, x_t):\n    "
    quick, slow = (
        grade_one(
            job_of({"90.1": f"{head}time.sleep({seconds})\n    {wrong}", "90.2": "def leaky_sequence(*a): pass\n"})
        )
        for seconds in (0, 0.6)
    )
    assert quick.points == slow.points
    assert quick.questions[0]["mistakes"] == ["weights-swapped"]
    assert slow.questions[0]["mistakes"] == []
    assert slow.durations["total"] < 15


def test_a_search_that_counts_ends_after_its_steps() -> None:
    over = Limit(steps=3).start()
    assert [over() for _ in range(5)] == [False, False, False, True, True]
    assert Limit(seconds=0.0).start()() is True
    over = Limit().start()
    assert not any(over() for _ in range(10_000)), "without a limit it never ends"
