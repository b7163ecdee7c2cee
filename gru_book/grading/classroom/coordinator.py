"""Grading all that was handed in: jobs go out to workers, what comes back goes into the gradebook, and nowhere else.

Whatever ends this process, the same command goes on: what is recorded is skipped, and what is not is graded again with
the same key, so with the same inputs. A job whose worker is lost is handed out again, a few times, and alone, so that
it harms no other; then it counts as an infrastructure error, which is no grade and is tried again the next time.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from gru_book.errors import GRUBookError
from gru_book.grading.classroom.intake import Intake, Refusal, Submission
from gru_book.grading.classroom.job import INFRASTRUCTURE, REFUSED, Graded, Job, versions_of
from gru_book.grading.classroom.packet import Packet, packet_of
from gru_book.grading.classroom.seeds import seed_id, seeds_of
from gru_book.grading.classroom.workers import Workers
from gru_book.grading.errors import CheckError
from gru_book.grading.gradebook import Attempt, Gradebook, Lease, Regrade, Run
from gru_book.grading.sandbox import Limits
from gru_book.grading.sandbox.sandbox import Isolation
from gru_book.grading.spec import Exercise

MAX_TRIES = 3
"""Times that a submission is handed out before its failure is called one of infrastructure."""
MAX_FAILURES = 20
"""Failures of infrastructure in a row, without a grade in between, after which nothing more is handed out."""
RENEW = 15.0
"""Seconds after which a lease is prolonged: a submission may take longer than a lease holds."""
PATIENCE = 0.2
"""Seconds in which a stop is noticed."""


@dataclass
class Stop:
    """What Ctrl-C asked for: once, hand out nothing more; twice, end at once."""

    times: int = 0

    @property
    def asked(self) -> bool:
        return self.times > 0

    @property
    def now(self) -> bool:
        return self.times > 1


@dataclass
class Tally:
    """How far the class is.

    Attributes:
        total: submissions that can be graded.
        before: of these, what an earlier command graded.
        by_status: what this command recorded.
        refused: what was refused at the door.
        started, seconds: time.monotonic() when the first job went out, and how long it has been since.
    """

    total: int = 0
    before: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None

    @property
    def done(self) -> int:
        return self.by_status.total()

    @property
    def seconds(self) -> float:
        """Since the first job went out, until the last was recorded."""
        return (time.monotonic() if self.ended is None else self.ended) - self.started

    @property
    def rate(self) -> float:
        """Submissions a second."""
        return self.done / max(self.seconds, 1e-9)

    @property
    def left(self) -> float | None:
        """Seconds that the rest will take; None while nothing is known."""
        return (self.total - self.before - self.done) / self.rate if self.done else None


@dataclass(frozen=True)
class _Course:
    """One exercise's run: its packet, its seeds, the lease."""

    exercise: Exercise
    packet: Packet
    run: Run
    lease: Lease
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class _Task:
    """One submission that is to be graded; `tried`: times that its worker was lost."""

    course: _Course
    student: str
    name: str
    submission_hash: str
    read: Callable[[], bytes]
    regrade: Regrade | None = None
    tried: int = 0

    def again(self) -> _Task:
        return replace(self, tried=self.tried + 1)


@dataclass(frozen=True)
class _Given:
    """A task that was handed out, and the bytes that went with it."""

    task: _Task
    notebook: bytes = field(repr=False)


Watch = Callable[[Tally], None]


class Coordinator:
    """Grades one class.

    Args:
        book: where the grades go; only this process writes to it.
        workers: where the jobs run.
        limits, isolation: how a submission's code runs; "none" is recorded as such.
        stop: what Ctrl-C asked for.
        watch: called whenever something changed, and a few times a second, for progress.
    """

    def __init__(
        self,
        book: Gradebook,
        workers: Workers,
        *,
        limits: Limits,
        isolation: Isolation,
        stop: Stop | None = None,
        watch: Watch = lambda tally: None,
    ) -> None:
        self._book, self._workers = book, workers
        self._limits, self._isolation = limits, isolation
        self._stop = stop if stop is not None else Stop()
        self._watch = watch
        self._tally = Tally()
        self._courses: dict[int, _Course] = {}
        self._running: dict[Future[Graded], _Given] = {}
        self._waiting: deque[_Task] = deque()
        self._suspects: deque[_Task] = deque()
        self._failures = 0

    def grade(self, intake: Intake, exercises: Iterable[Exercise], regrades: Iterable[Regrade] = ()) -> Tally:
        """Grade and record everything that is not recorded yet, and what is to be graded again.

        Raises:
            GradebookError: it cannot be written, or another grader works on the same run.
            ExerciseError, CheckError: nothing can be graded here.
        """
        known = {exercise.id: exercise for exercise in exercises}
        intake = attributed(intake)
        wanted = {one.exercise for one in intake.submissions} | {one.exercise for one in intake.refusals}
        with ExitStack() as leases:
            courses = {
                name: self._course(leases, known[name], self._book.start_or_resume(name, known[name].version))
                for name in sorted(wanted & set(known))
            }
            self._record_refusals(courses, intake.refusals)
            self._waiting.extend(self._tasks(courses, intake.submissions))
            self._waiting.extend(self._asked_again(leases, known, regrades))
            self._tally.started = time.monotonic()
            self._watch(self._tally)
            try:
                self._work()
            finally:
                for future in self._running:
                    future.cancel()
            self._tally.ended = time.monotonic()
        return self._tally

    def _course(self, leases: ExitStack, exercise: Exercise, run: Run) -> _Course:
        if run.id not in self._courses:
            packet = packet_of(exercise)
            seeds = seeds_of(run.key, exercise.id, exercise.version, packet.cases)
            lease = self._book.lease(run)
            leases.callback(self._book.release, lease)
            self._courses[run.id] = _Course(exercise, packet, run, lease, seeds)
        return self._courses[run.id]

    def _tasks(self, courses: dict[str, _Course], submissions: Iterable[Submission]) -> Iterator[_Task]:
        """What is not recorded yet."""
        done = {name: self._book.done(course.run) for name, course in courses.items()}
        for one in submissions:
            self._tally.total += 1
            if (one.student, one.sha256) in done[one.exercise]:
                self._tally.before += 1
            else:
                yield _Task(courses[one.exercise], one.student, one.name, one.sha256, one.read)

    def _asked_again(
        self, leases: ExitStack, known: dict[str, Exercise], regrades: Iterable[Regrade]
    ) -> Iterator[_Task]:
        """What somebody asked to be graded again, from the bytes that the gradebook kept."""
        for asked in regrades:
            exercise = known.get(asked.run.exercise)
            if exercise is None or exercise.version != asked.run.exercise_version:
                continue
            self._tally.total += 1
            course = self._course(leases, exercise, asked.run)
            name = f"{asked.student}: {asked.submission_hash[:12]}"
            read = partial(self._book.submission, asked.submission_hash)
            yield _Task(course, asked.student, name, asked.submission_hash, read, asked)

    # --- Handing out and taking in ---------------------------------------------------------------------------

    def _work(self) -> None:
        renewed = time.monotonic()
        while self._waiting or self._suspects or self._running:
            if self._stop.now:
                return
            if not self._stop.asked:
                self._hand_out()
            elif not self._running:
                return
            done, _ = wait(self._running, timeout=PATIENCE, return_when=FIRST_COMPLETED)
            self._take_in(done)
            if self._stop.asked:
                self._recall()
            if time.monotonic() - renewed > RENEW:
                for course in self._courses.values():
                    self._book.renew(course.lease)
                renewed = time.monotonic()
            self._watch(self._tally)

    def _hand_out(self) -> None:
        """Fill the workers; what was running when one was lost runs alone, so that only the culprit is blamed."""
        while self._suspects and not self._running:
            if self._submit(self._suspects.popleft()):
                return
        if self._suspects:
            return
        while self._waiting and len(self._running) < self._workers.window:
            if not self._submit(self._waiting.popleft()):
                return

    def _submit(self, task: _Task) -> bool:
        try:
            notebook = task.read()
        except CheckError as error:
            self._record(_Given(task, b""), self._not_graded(task, REFUSED, error.message))
            return True
        course = task.course
        job = Job(
            task.student, task.submission_hash, task.name, notebook, course.packet, course.seeds, self._limits,
            self._isolation,
        )  # fmt: skip
        try:
            self._running[self._workers.submit(job)] = _Given(task, notebook)
        except Exception as error:
            if not self._workers.lost(error):
                raise
            self._waiting.appendleft(task)
            self._workers.mend()
            return False
        return True

    def _recall(self) -> None:
        """Take back what no worker has begun."""
        for future in [future for future in self._running if future.cancel()]:
            self._waiting.appendleft(self._running.pop(future).task)

    def _take_in(self, done: Iterable[Future[Graded]]) -> None:
        lost = [self._settle(future) for future in done]
        if any(lost):
            self._workers.mend()
            # Of local workers, all are lost with one.
            for future in [future for future in self._running if future.done()]:
                self._settle(future)

    def _settle(self, future: Future[Graded]) -> bool:
        """Record what came of a job, or plan it again; whether its worker was lost."""
        given = self._running.pop(future)
        try:
            graded = future.result(timeout=0)
        except GRUBookError:
            raise
        except (Exception, CancelledError) as error:
            lost = isinstance(error, CancelledError) or self._workers.lost(error)
            what = f"its worker was lost {given.task.tried + 1} times" if lost else f"the grader failed: {error}"
            reason = f"{what} ({type(error).__name__})"
            self._retry(given, self._not_graded(given.task, INFRASTRUCTURE, reason))
            return lost
        if graded.status == INFRASTRUCTURE:
            self._retry(given, graded)
        else:
            self._failures = 0
            self._record(given, graded)
        return False

    def _retry(self, given: _Given, graded: Graded) -> None:
        """Once more, alone; or, when it was tried often enough, record that it cannot be graded.

        Raises CheckError: so many failed in a row that the trouble is none of one submission's.
        """
        self._failures += 1
        if given.task.tried + 1 < MAX_TRIES:
            self._suspects.append(given.task.again())
        else:
            self._record(given, graded)
        if self._failures >= MAX_FAILURES:
            raise CheckError("infrastructure", f"{MAX_FAILURES} gradings in a row failed: {graded.reason}", "workers")

    # --- Recording -------------------------------------------------------------------------------------------

    def _record(self, given: _Given, graded: Graded) -> None:
        task = given.task
        submission = given.notebook if task.regrade is None and given.notebook else None
        self._book.record(
            task.course.run, attempt_of(graded), lease=task.course.lease, submission=submission, regrade=task.regrade
        )
        self._tally.by_status[graded.status] += 1

    def _not_graded(self, task: _Task, status: str, reason: str) -> Graded:
        course = task.course
        return Graded(
            student=task.student, submission_hash=task.submission_hash, exercise=course.exercise.id,
            exercise_version=course.exercise.version, status=status, points=None if status == INFRASTRUCTURE else 0.0,
            max_points=course.exercise.max_points, questions=(), reason=reason, isolation="", durations={},
            versions=versions_of(course.packet.modules), seed_id=seed_id(course.seeds),
        )  # fmt: skip

    def _record_refusals(self, courses: dict[str, _Course], refusals: Iterable[Refusal]) -> None:
        """What was refused at the door and belongs to somebody; the rest can only be told."""
        done = {name: self._book.done(course.run) for name, course in courses.items()}
        for one in refusals:
            self._tally.refused += 1
            course = courses.get(one.exercise)
            if course is None or not one.student or (one.student, refusal_hash(one)) in done[one.exercise]:
                continue
            task = _Task(course, one.student, one.name, refusal_hash(one), bytes)
            graded = self._not_graded(task, REFUSED, f"{one.name}: {one.reason}")
            self._book.record(course.run, attempt_of(graded), lease=course.lease)


def attempt_of(graded: Graded) -> Attempt:
    """A row of the gradebook."""
    return Attempt(
        student=graded.student, exercise=graded.exercise, exercise_version=graded.exercise_version,
        submission_hash=graded.submission_hash, points=graded.points, max_points=graded.max_points,
        questions=graded.questions, status=graded.status, reason=graded.reason, isolation=graded.isolation,
        durations=graded.durations, versions=graded.versions, seed_id=graded.seed_id,
        graded_at=datetime.now(UTC).isoformat(),
    )  # fmt: skip


def refusal_hash(refusal: Refusal) -> str:
    """What a refusal is known by: never the notebook's own hash, which may be graded once what was wrong is mended."""
    words = "\0".join(("refused", refusal.name, refusal.code, refusal.sha256))
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def attributed(intake: Intake) -> Intake:
    """A file that cannot be read does not say which exercise it is: where a class hands in one, it is that one."""
    exercises = {one.exercise for one in intake.submissions} | {one.exercise for one in intake.refusals if one.exercise}
    if len(exercises) != 1:
        return intake
    (only,) = exercises
    refusals = [replace(one, exercise=one.exercise or only) for one in intake.refusals]
    return Intake(intake.submissions, refusals, intake.notes)
