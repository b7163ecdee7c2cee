"""`gru-book grade`: from what was handed in to a gradebook, and a summary."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import click

from gru_book.errors import ArgumentError, GRUBookError
from gru_book.grading.classroom import demo
from gru_book.grading.classroom.coordinator import Coordinator, Stop, Tally, attributed
from gru_book.grading.classroom.intake import Intake, take_in
from gru_book.grading.classroom.job import INFRASTRUCTURE, REFUSED
from gru_book.grading.classroom.progress import reading, watching
from gru_book.grading.classroom.summary import Overview, overview, refused_by_kind, render, titles_of
from gru_book.grading.classroom.workers import DaskWorkers, LocalWorkers, Workers, cores
from gru_book.grading.exercises import find_exercises
from gru_book.grading.gradebook import Gradebook, Regrade
from gru_book.grading.gradebook.address import parse
from gru_book.grading.sandbox import Limits, Sandbox, SandboxUnavailable
from gru_book.grading.sandbox.sandbox import Isolation
from gru_book.grading.spec import Exercise
from gru_book.grading.text import visible

ALL_GRADED, NOT_ALL, STOPPED = 0, 1, 130
SHOWN = 20
"""Refusals that are listed by name; the gradebook and --json have all."""
DEMO_EXERCISE = "05_gru_forward"


@dataclass(frozen=True)
class Options:
    """What the command line says; `submissions` None grades what is to be graded again.

    `keeps` is False where the gradebook is gone in the end.
    """

    submissions: Path | None
    place: str
    exercise: str | None = None
    jobs: int | None = None
    dask: str | None = None
    time_limit: float | None = None
    sandbox: bool = True
    exercises: Path | None = None
    as_json: bool = False
    keeps: bool = True

    @property
    def shown_place(self) -> str:
        """Where the grades go, without a password."""
        return str(parse(self.place))

    @property
    def isolation(self) -> Isolation:
        """How a submission's code runs."""
        return "bubblewrap" if self.sandbox else "none"

    @property
    def limits(self) -> Limits:
        """What a submission may use."""
        return Limits() if self.time_limit is None else Limits(submission=self.time_limit)


def grade(options: Options) -> int:
    """Grade a class. Returns the exit code.

    Raises GRUBookError: it could not be done.
    """
    exercises = find_exercises(options.exercises)
    chosen = _chosen(exercises, options.exercise)
    intake = Intake()
    if options.submissions is not None:
        with reading(sys.stderr) as on_file:
            intake = take_in(options.submissions, exercises, only=options.exercise, on_file=on_file)
    stop = Stop()
    with Gradebook.open(options.place) as book, _stopping(stop):
        asked = _of_this_version(book.to_regrade(options.exercise), chosen)
        if options.submissions is None and not asked:
            raise click.UsageError("name the folder or zip of what was handed in; nothing is to be graded again")
        if not intake.submissions and not asked:
            _say_refused(intake)
            raise GRUBookError(f"{options.submissions}: no notebook of {_names(chosen)} that can be graded")
        modules = _modules(intake, asked, chosen)
        if options.dask is None:
            _try_sandbox(modules, options)
        with _workers(options, stop) as workers, watching(sys.stderr) as watch:
            coordinator = Coordinator(
                book, workers, limits=options.limits, isolation=options.isolation, stop=stop, watch=watch
            )
            tally = coordinator.grade(intake, chosen, asked)
        found = [(exercise, overview(book, run, exercise)) for exercise, run in _runs(book, intake, chosen)]
        _tell(options, intake, tally, found, stop)
    return _exit_code(intake, tally, stop)


def grade_demo(count: int, options: Options) -> int:
    """Make up a class and grade it, in a folder that is gone afterwards. Returns the exit code."""
    name = options.exercise or DEMO_EXERCISE
    (exercise,) = _chosen(find_exercises(options.exercises), name)
    with tempfile.TemporaryDirectory(prefix="gru-book-demo-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch, "submissions")
        pupils = demo.sample(exercise, count, hostile=0.1, broken=0.05)
        demo.write_class(pupils, folder)
        demo.add_mischief(folder)
        kinds = [pupil.kind for pupil in pupils]
        if not options.as_json:
            ordinary = kinds.count("ordinary")
            click.echo(f"A class of {count}: {ordinary} ordinary students, {count - ordinary} hostile or broken.")
        changes = {"submissions": folder, "place": str(Path(scratch, "gradebook.db")), "exercise": name, "keeps": False}
        return grade(Options(**{**vars(options), **changes}))


def _chosen(exercises: list[Exercise], name: str | None) -> list[Exercise]:
    if name is None:
        return exercises
    found = [exercise for exercise in exercises if exercise.id == name]
    if not found:
        known = ", ".join(exercise.id for exercise in exercises)
        raise ArgumentError("--exercise", f"one of {known}", repr(name))
    return found


def _names(exercises: list[Exercise]) -> str:
    return exercises[0].id if len(exercises) == 1 else "an exercise"


def _of_this_version(asked: list[Regrade], exercises: list[Exercise]) -> list[Regrade]:
    """What is to be graded again by the exercises as they are here; the rest is told and left."""
    versions = {exercise.id: exercise.version for exercise in exercises}
    found = []
    for one in asked:
        run = one.run
        if versions.get(run.exercise) == run.exercise_version:
            found.append(one)
        elif run.exercise in versions:
            here = f"here it is version {versions[run.exercise]}"
            what = visible(f"{one.student}: to be graded again by {run.exercise} version {run.exercise_version}")
            click.echo(f"gru-book: note: {what}; {here}", err=True)
    return found


def _modules(intake: Intake, asked: list[Regrade], exercises: list[Exercise]) -> set[tuple[str, ...]]:
    wanted = {one.exercise for one in intake.submissions} | {one.run.exercise for one in asked}
    return {exercise.modules for exercise in exercises if exercise.id in wanted}


def _try_sandbox(modules: set[tuple[str, ...]], options: Options) -> None:
    """Before anything is graded: does it work here? Raises SandboxUnavailable, which says what mends it."""
    try:
        for needed in sorted(modules):
            _try_once(needed, options)
    except SandboxUnavailable as error:
        if error.passing:
            raise GRUBookError(str(error)) from None
        advice = "or grade with your own rights, which the gradebook records: --no-sandbox"
        raise GRUBookError(f"{error}; {advice}") from None


def _try_once(modules: tuple[str, ...], options: Options, tries: int = 2) -> None:
    """What ended the first may have had nothing to do with it."""
    try:
        with Sandbox(modules, isolation=options.isolation, limits=options.limits):
            pass
    except SandboxUnavailable:
        if tries == 1:
            raise
        _try_once(modules, options, tries - 1)


@contextlib.contextmanager
def _workers(options: Options, stop: Stop) -> Iterator[Workers]:
    workers: Workers
    workers = DaskWorkers(options.dask) if options.dask is not None else LocalWorkers(options.jobs or cores())
    finished = False
    try:
        yield workers
        finished = True
    finally:
        workers.close(now=stop.now or not finished)


@contextlib.contextmanager
def _stopping(stop: Stop) -> Iterator[None]:
    """Ctrl-C, and the signal that a batch system sends, stop gracefully; a second one stops at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def asked(number: int, frame: FrameType | None) -> None:
        stop.times += 1
        if stop.times > 2:
            raise KeyboardInterrupt
        words = "what runs is finished and recorded; once more stops at once" if stop.times == 1 else "stopped at once"
        click.echo(f"\ngru-book: {words}", err=True)

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _runs(book: Gradebook, intake: Intake, exercises: list[Exercise]) -> Iterator[tuple[Exercise, Any]]:
    wanted = {one.exercise for one in intake.submissions}
    for exercise in exercises:
        if exercise.id in wanted:
            yield exercise, book.start_or_resume(exercise.id, exercise.version)


# --- What is told ----------------------------------------------------------------------------------------------


def _tell(options: Options, intake: Intake, tally: Tally, found: list[tuple[Exercise, Overview]], stop: Stop) -> None:
    if options.as_json:
        click.echo(json.dumps(_as_json(options, intake, tally, found, stop), ensure_ascii=True))
        return
    _say_refused(intake)
    for exercise, one in found:
        click.echo("\n" + render(one, titles_of(exercise)))
    before = f", {tally.before} were graded before" if tally.before else ""
    seconds = tally.seconds
    click.echo(f"\n{tally.done} graded now in {seconds:.1f} s ({tally.done / max(seconds, 1e-9):.1f}/s){before}.")
    click.echo(f"Gradebook: {options.shown_place if options.keeps else 'made for this class, and gone now'}")
    if not options.sandbox:
        click.echo("Graded without a sandbox, which the gradebook records.")
    left = tally.total - tally.before - tally.done
    if stop.asked:
        click.echo(f"Stopped: {left} of {tally.total} are not graded. The same command goes on.")
    elif tally.by_status[INFRASTRUCTURE]:
        click.echo("What failed for reasons of the grader's has no grade; the same command tries it again.")


def _say_refused(intake: Intake) -> None:
    refused = attributed(intake).refusals
    if refused:
        kinds = ", ".join(f"{count} {code}" for code, count in refused_by_kind(intake).items())
        click.echo(f"Refused: {len(refused)} ({kinds})")
    for one in refused[:SHOWN]:
        click.echo(f"  {one.name}: {one.reason}")
    if len(refused) > SHOWN:
        click.echo(f"  and {len(refused) - SHOWN} more; --json lists all")
    for note in intake.notes[:SHOWN]:
        click.echo(f"  note: {note.name}: {note.text}")


def _as_json(
    options: Options, intake: Intake, tally: Tally, found: list[tuple[Exercise, Overview]], stop: Stop
) -> dict[str, Any]:
    return {
        "schema": 1,
        "gradebook": options.shown_place,
        "isolation": options.isolation,
        "total": tally.total,
        "before": tally.before,
        "now": dict(tally.by_status),
        "seconds": round(tally.seconds, 3),
        "stopped": stop.asked,
        "exercises": [one.to_json() for _, one in found],
        "refused": [
            {"name": one.name, "code": one.code, "reason": one.reason, "student": one.student, "exercise": one.exercise}
            for one in attributed(intake).refusals
        ],
        "notes": [{"name": note.name, "text": note.text} for note in intake.notes],
    }


def _exit_code(intake: Intake, tally: Tally, stop: Stop) -> int:
    if stop.asked and tally.before + tally.done < tally.total:
        return STOPPED
    failed = intake.refusals or tally.by_status[INFRASTRUCTURE] or tally.by_status[REFUSED]
    return NOT_ALL if failed else ALL_GRADED
