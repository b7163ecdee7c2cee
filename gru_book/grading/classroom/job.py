"""Grading one submission: a function of plain data that gives plain data, so that any executor can run it.

It knows no gradebook. What it keeps between calls is the process's own: the exercises that it opened, their expected
outputs, and one warm sandbox; a process grades one submission at a time.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gru_book.grading.classroom import warm
from gru_book.grading.classroom.packet import Packet, opened
from gru_book.grading.classroom.seeds import seed_id
from gru_book.grading.effort import GRADING
from gru_book.grading.errors import CheckError
from gru_book.grading.notebook import NotebookReport, check_cells, messages
from gru_book.grading.question import check_question
from gru_book.grading.reader import parse_notebook
from gru_book.grading.result import CheckResult
from gru_book.grading.runners import Runner
from gru_book.grading.sandbox import InfrastructureError, Limits, SandboxUnavailable
from gru_book.grading.sandbox.sandbox import Isolation
from gru_book.grading.spec import Exercise, Question

GRADED, REFUSED, INFRASTRUCTURE = "graded", "refused", "infrastructure"
GRADER = version("gru-book")
MAX_FEEDBACK = 20_000
"""Characters that are kept of the feedback on one question."""
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")
"""Where an object lies in memory: it differs from run to run, and tells a reader nothing."""


@dataclass(frozen=True)
class Job:
    """One submission to grade.

    Attributes:
        student, submission_hash, name: what the coordinator knows it by; `name` is what an error calls it.
        notebook: the bytes that were handed in.
        exercise: what it is judged by.
        seeds: one for each question.
        limits, isolation: how its code runs.
        grader: the version of gru_book that it must be graded with.
    """

    student: str
    submission_hash: str
    name: str
    notebook: bytes = field(repr=False)
    exercise: Packet
    seeds: tuple[int, ...] = field(repr=False)
    limits: Limits
    isolation: Isolation
    grader: str = GRADER


@dataclass(frozen=True)
class Graded:
    """What came of a job, as plain data.

    Attributes:
        status: "graded", "refused" (no notebook that can be graded) or "infrastructure" (the grader's own failure).
        points: None for "infrastructure".
        questions: those of `gru-book check --json`, with `kind`, `feedback` as text, and `manual_points`.
        reason: why it was not graded; or what is to be said of the notebook as a whole.
        durations: seconds, by what took them.
        versions: of what the grade depends on.
        seed_id: names the seeds.
    """

    student: str
    submission_hash: str
    exercise: str
    exercise_version: int
    status: str
    points: float | None
    max_points: float
    questions: tuple[Mapping[str, Any], ...]
    reason: str
    isolation: str
    durations: Mapping[str, float]
    versions: Mapping[str, str]
    seed_id: str


_one_at_a_time = threading.Lock()
"""Dask may give a process several threads; matplotlib, for one, does not draw in two at once."""


def grade_one(job: Job) -> Graded:
    """Grade one submission. Raises only what keeps every submission from being graded here.

    Raises:
        ExerciseError: the exercise is broken.
        CheckError: this machine has another version of gru_book than the coordinator.
    """
    if job.grader != GRADER:
        raise CheckError("version", f"a worker has gru_book {GRADER}, the coordinator {job.grader}", job.name)
    with _one_at_a_time:
        started = time.perf_counter()
        exercise = opened(job.exercise)
        try:
            return _graded(job, exercise, started)
        except CheckError as error:
            return _ended(job, exercise, REFUSED, error.message, started)
        except (InfrastructureError, SandboxUnavailable) as error:
            warm.cool()
            return _ended(job, exercise, INFRASTRUCTURE, str(error), started)


def _graded(job: Job, exercise: Exercise, started: float) -> Graded:
    notebook = parse_notebook(job.notebook, job.name)
    sandbox = warm.sandbox(exercise.modules, job.isolation, job.limits)
    ready = time.perf_counter()
    with contextlib.closing(sandbox.runner(messages(notebook, exercise))) as runner:
        runner.load()
        loaded = time.perf_counter()
        seeds = {question.id: seed for question, seed in zip(exercise.questions, job.seeds, strict=True)}

        def ask(exercise: Exercise, question: Question, runner: Runner) -> CheckResult:
            return check_question(exercise, question, runner, seeds[question.id], GRADING)

        report = check_cells(notebook, exercise, runner, ask=ask)
    done = time.perf_counter()
    durations = {"start": ready - started, "cells": loaded - ready, "questions": done - loaded}
    durations["total"] = done - started
    return _result(job, exercise, GRADED, report, durations, " ".join(report.notes), sandbox.description)


def _ended(job: Job, exercise: Exercise, status: str, reason: str, started: float) -> Graded:
    report = NotebookReport(exercise, Path(job.name), ())
    return _result(job, exercise, status, report, {"total": time.perf_counter() - started}, reason)


def _result(
    job: Job,
    exercise: Exercise,
    status: str,
    report: NotebookReport,
    durations: Mapping[str, float],
    reason: str,
    isolation: str = "",
) -> Graded:
    return Graded(
        student=job.student, submission_hash=job.submission_hash, exercise=exercise.id,
        exercise_version=exercise.version, status=status,
        points=None if status == INFRASTRUCTURE else report.points, max_points=exercise.max_points,
        questions=tuple(map(_question, report.results)), reason=reason,
        isolation=isolation,
        durations={name: round(seconds, 4) for name, seconds in durations.items()},
        versions=versions_of(exercise.modules) | {"exercise": job.exercise.digest[:16]}, seed_id=seed_id(job.seeds),
    )  # fmt: skip


def _question(result: CheckResult) -> dict[str, Any]:
    feedback = ADDRESS.sub("0x…", str(result))
    return {
        **result.to_json(),
        "title": result.title,
        "kind": result.kind,
        "manual_points": result.manual_points,
        "feedback": feedback[:MAX_FEEDBACK],
    }


@lru_cache(maxsize=16)
def _versions(modules: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    found = {"gru_book": GRADER, "python": ".".join(map(str, sys.version_info[:3]))}
    for name in dict.fromkeys(("numpy", *modules)):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return tuple(found.items())


def versions_of(modules: tuple[str, ...]) -> dict[str, str]:
    """The versions that a grade depends on."""
    return dict(_versions(modules))
