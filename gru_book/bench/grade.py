"""How fast a class is graded, how much memory that takes, and how nbgrader and otter compare on the same answers.

Every figure is of the whole way: what was handed in is read, graded by workers in their jails, and recorded in a
gradebook on the disk. Warm figures begin when every worker has graded one submission.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gru_book.bench import peers
from gru_book.bench.machine import family, load, machine, memory
from gru_book.grading.classroom import demo
from gru_book.grading.classroom.coordinator import Coordinator, Tally
from gru_book.grading.classroom.intake import Intake, take_in
from gru_book.grading.classroom.workers import LocalWorkers
from gru_book.grading.exercises import load_exercise
from gru_book.grading.gradebook import Gradebook
from gru_book.grading.sandbox import Limits
from gru_book.grading.spec import Exercise

PACKAGES = ("numpy", "torch", "sqlalchemy", "pyseccomp")
TORCH_EXERCISE = Path(__file__).parent / "torch_gates"
"""The files of a small exercise whose answers use PyTorch; a student edition leaves them out."""
NUMPY_EXERCISE, FOUR_QUESTIONS = "05_gru_forward", "02_vanilla_rnn"
CLASS = 400
HOSTILE = 0.05
SAMPLES = 20
"""Times that memory is looked at."""

Say = Callable[[str], None]
Watch = Callable[[Tally], None]
Watching = Callable[[], AbstractContextManager[Watch]]
"""What shows how far a class is, for as long as one is graded."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured: submissions for each rate, students of a class, submissions while memory is watched,
    submissions that a peer grades."""

    rate: int = 200
    of_class: int = CLASS
    memory: int = 2000
    peers: int = 5


@dataclass
class Report:
    """What was measured, as JSON's types."""

    machine: dict[str, Any]
    figures: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report as one object."""
        return {"schema": 1, **self.machine, **self.figures}


def _unseen(tally: Tally) -> None:
    """Shows nothing."""


def measure(
    book: Path,
    jobs: int,
    sizes: Sizes,
    peers_folder: Path,
    say: Say = lambda words: None,
    watching: Watching = lambda: nullcontext(_unseen),
) -> Report:
    """Measure everything.

    Args:
        book: the folder of exercises, with their author's files.
        jobs: processes that grade.
        sizes: how much.
        peers_folder: holds a virtual environment for each peer, nbgrader/ and otter/.
        say: told what comes next.
        watching: shows how far the longest part is, that of the memory.
    """
    report = Report({**machine(PACKAGES), "jobs": jobs, "load_before": load()})
    numpy_exercise = load_exercise(book / NUMPY_EXERCISE)
    exercises = {"numpy": numpy_exercise, "numpy_four_questions": load_exercise(book / FOUR_QUESTIONS)}
    with tempfile.TemporaryDirectory(prefix="gru-book-bench-") as scratch:
        if report.machine["versions"]["torch"] != "not installed" and TORCH_EXERCISE.is_dir():
            exercises["torch"] = torch_exercise(Path(scratch))
        for name, exercise in exercises.items():
            say(f"{name}: {sizes.rate} submissions of {exercise.id}")
            report.figures[name] = warm_rate(exercise, sizes.rate, jobs)
    four = load_exercise(book / FOUR_QUESTIONS)
    say(f"a class of {sizes.of_class}: {four.id}, from a cold start")
    report.figures["class"] = cold_class(four, sizes.of_class, jobs)
    say(f"memory over {sizes.memory} submissions, {HOSTILE:.0%} of them hostile")
    with watching() as watch:
        report.figures["memory"] = memory_curve(four, sizes.memory, jobs, watch)
    say("peers")
    report.figures["peers"] = peers.measure(numpy_exercise, sizes.peers, peers_folder, say)
    report.machine["load_after"] = load()
    return report


def torch_exercise(folder: Path) -> Exercise:
    """The small PyTorch exercise, written to a folder in `folder`."""
    made = folder / "91_torch_gates"
    for source in sorted(TORCH_EXERCISE.rglob("*.txt")):
        target = made / source.relative_to(TORCH_EXERCISE).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    return load_exercise(made)


@contextmanager
def _class(exercise: Exercise, count: int, hostile: float, seed: int = 0) -> Iterator[tuple[Path, Path]]:
    """A class's folder, and where its gradebook may be."""
    with tempfile.TemporaryDirectory(prefix="gru-book-bench-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch, "submissions")
        demo.write_class(demo.sample(exercise, count, seed=seed, hostile=hostile), folder)
        yield folder, Path(scratch, "gradebook.db")


def _grade(
    place: Path,
    workers: LocalWorkers,
    intake: Intake,
    exercise: Exercise,
    watch: Watch = _unseen,
) -> Tally:
    with Gradebook.open(place) as book:
        return Coordinator(book, workers, limits=Limits(), isolation="bubblewrap", watch=watch).grade(
            intake, [exercise]
        )


def warm_rate(exercise: Exercise, count: int, jobs: int) -> dict[str, Any]:
    """Submissions a second once every worker is warm; one answer in four is wrong, and explained."""
    workers = LocalWorkers(jobs)
    try:
        with _class(exercise, 4 * jobs, 0.0, seed=1) as (folder, place):
            _grade(place, workers, take_in(folder, [exercise]), exercise)
        with _class(exercise, count, 0.0) as (folder, place):
            tally = _grade(place, workers, take_in(folder, [exercise]), exercise)
    finally:
        workers.close()
    return {
        "exercise": exercise.id, "questions": len(exercise.questions), "submissions": tally.done,
        "seconds": round(tally.seconds, 3), "per_second": round(tally.done / tally.seconds, 2),
    }  # fmt: skip


def cold_class(exercise: Exercise, count: int, jobs: int) -> dict[str, Any]:
    """A whole class from nothing: reading what was handed in and starting the workers count."""
    with _class(exercise, count, HOSTILE) as (folder, place):
        start = time.perf_counter()
        intake = take_in(folder, [exercise])
        read = time.perf_counter() - start
        workers = LocalWorkers(jobs)
        try:
            tally = _grade(place, workers, intake, exercise)
        finally:
            workers.close()
        seconds = time.perf_counter() - start
    return {
        "exercise": exercise.id, "questions": len(exercise.questions), "students": count, "hostile": HOSTILE,
        "graded": tally.by_status["graded"], "reading_seconds": round(read, 3), "seconds": round(seconds, 3),
    }  # fmt: skip


def memory_curve(exercise: Exercise, count: int, jobs: int, show: Watch = _unseen) -> dict[str, Any]:
    """Memory of coordinator, workers and jails while many submissions pass; and what still runs afterwards."""
    curve: list[tuple[int, float]] = []
    before = set(family())

    def watch(tally: Tally) -> None:
        show(tally)
        if tally.done >= len(curve) * count / SAMPLES:
            held = memory(family())
            curve.append((tally.done, round((held or 0) / (1 << 20), 1)))

    workers = LocalWorkers(jobs)
    try:
        with _class(exercise, count, HOSTILE) as (folder, place):
            tally = _grade(place, workers, take_in(folder, [exercise]), exercise, watch)
    finally:
        workers.close()
    # The first quarter fills the caches: models, expected outputs, and the allocator's own.
    settled = [held for done, held in curve if done >= count / 4]
    return {
        "submissions": tally.done, "hostile": HOSTILE, "seconds": round(tally.seconds, 1), "mib": curve,
        "growth_after_a_quarter": round(settled[-1] / settled[0] - 1, 3) if settled else None,
        "left_running": len(set(family()) - before - _helpers()),
    }  # fmt: skip


def _helpers() -> set[int]:
    """Python's own process that tracks what multiprocessing shares."""
    from multiprocessing import resource_tracker

    pid = getattr(resource_tracker._resource_tracker, "_pid", None)
    return {pid} if pid is not None else set()
