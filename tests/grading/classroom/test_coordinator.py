"""The coordinator alone: what it hands out, again, or not at all, with workers that fail on demand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from typing import Any

import pytest

from gru_book.grading.classroom import demo
from gru_book.grading.classroom.coordinator import MAX_TRIES, Coordinator, Stop, Tally, refusal_hash
from gru_book.grading.classroom.intake import Intake, Refusal, Submission, take_in
from gru_book.grading.classroom.job import Graded, Job
from gru_book.grading.classroom.seeds import seed_id
from gru_book.grading.errors import CheckError, ExerciseError
from gru_book.grading.gradebook import Gradebook, GradebookError, LeaseHeldError
from gru_book.grading.sandbox import Limits
from gru_book.grading.spec import Exercise

Answer = Callable[[Job, int], Graded]


def full_marks(job: Job, tried: int, **changes: Any) -> Graded:
    """What a worker would say of a right submission, without running it."""
    fields = {
        "student": job.student, "submission_hash": job.submission_hash, "exercise": job.exercise.id,
        "exercise_version": job.exercise.version, "status": "graded", "points": 6.0, "max_points": 6.0,
        "questions": ({"id": "90.1", "points": 6.0, "max_points": 6.0, "mistakes": []},), "reason": "",
        "isolation": "bubblewrap", "durations": {"total": 0.1}, "versions": {"gru_book": "0"},
        "seed_id": seed_id(job.seeds),
    }  # fmt: skip
    return Graded(**{**fields, **changes})


class Fake:
    """Workers that answer at once, in this process; a pool of local ones loses all that runs with one of them."""

    def __init__(self, answer: Answer = full_marks, *, window: int = 3, together: bool = True) -> None:
        self.answer, self.window, self.together = answer, window, together
        self.seen: Counter[str] = Counter()
        self.batches: list[set[str]] = []
        self.mended = 0
        self._open: list[tuple[Future[Graded], Job]] = []

    def submit(self, job: Job) -> Future[Graded]:
        future: Future[Graded] = Future()
        self._open.append((future, job))
        self.seen[job.student] += 1
        return future

    def work(self) -> None:
        """Answer everything that was handed out."""
        given, self._open = self._open, []
        self.batches.append({job.student for _, job in given})
        broken = False
        for future, job in given:
            if not future.set_running_or_notify_cancel():
                continue
            try:
                if broken:
                    raise BrokenExecutor
                future.set_result(self.answer(job, self.seen[job.student]))
            except Exception as error:
                future.set_exception(error)
                broken = self.together and isinstance(error, BrokenExecutor)

    def lost(self, error: BaseException) -> bool:
        return isinstance(error, BrokenExecutor)

    def mend(self) -> None:
        self.mended += 1

    def close(self, *, now: bool = False) -> None:
        pass


@pytest.fixture
def book_file(tmp_path: Path) -> Path:
    return tmp_path / "g.db"


@pytest.fixture
def intake(leaky: Exercise, tmp_path: Path) -> Intake:
    """Nine right submissions."""
    folder = tmp_path / "nine"
    demo.write_class(demo.sample(leaky, 9, hostile=0.0), folder)
    return take_in(folder, [leaky])


@pytest.fixture
def graded(leaky: Exercise, book_file: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Tally]:
    """Run a coordinator with these workers; they work whenever it waits."""
    import gru_book.grading.classroom.coordinator as module

    real_wait = module.wait

    def run(workers: Fake, intake: Intake, *, stop: Stop | None = None, **options: Any) -> Tally:
        def waiting(futures: Any, **kwargs: Any) -> Any:
            workers.work()
            return real_wait(futures, **kwargs)

        monkeypatch.setattr(module, "wait", waiting)
        with Gradebook.open(book_file) as book:
            return Coordinator(book, workers, limits=Limits(), isolation="bubblewrap", stop=stop).grade(
                intake, [leaky], **options
            )

    return run


def recorded(path: Path) -> dict[str, str]:
    with Gradebook.open(path, create=False) as book:
        return {one.attempt.student: one.attempt.status for one in book.attempts()}


def test_all_are_graded_once(graded, intake: Intake, book_file: Path) -> None:
    workers = Fake()
    tally = graded(workers, intake)
    assert (tally.total, tally.before, tally.done, dict(tally.by_status)) == (9, 0, 9, {"graded": 9})
    assert set(workers.seen.values()) == {1}
    assert max(map(len, workers.batches)) == 3, "no more than the window at once"
    again = Fake()
    tally = graded(again, intake)
    assert (tally.total, tally.before, tally.done) == (9, 9, 0)
    assert not again.seen


def test_everybody_gets_the_same_seeds_and_so_does_the_next_command(graded, leaky, intake, book_file) -> None:
    seeds = []

    def answer(job: Job, tried: int) -> Graded:
        seeds.append(job.seeds)
        if len(seeds) == 5:
            raise ExerciseError("broken")
        return full_marks(job, tried)

    with pytest.raises(ExerciseError):
        graded(Fake(answer), intake)
    graded(Fake(answer), intake)
    assert len(seeds) >= 9
    assert len(set(seeds)) == 1
    assert len(seeds[0]) == len(leaky.questions)


def test_a_lost_worker_is_no_ones_fault(graded, intake: Intake, book_file: Path) -> None:
    """What ran with it runs again, alone; all are graded in the end."""

    def answer(job: Job, tried: int) -> Graded:
        if job.student == "student0005" and tried < 3:
            raise BrokenExecutor
        return full_marks(job, tried)

    workers = Fake(answer)
    tally = graded(workers, intake)
    assert dict(tally.by_status) == {"graded": 9}
    assert workers.mended == 2
    assert workers.seen["student0005"] == 3
    assert {"student0005"} in workers.batches, "a suspect runs alone"
    assert set(recorded(book_file).values()) == {"graded"}


def test_who_always_loses_the_worker_gets_no_grade_and_no_zero(graded, intake: Intake, book_file: Path) -> None:
    def answer(job: Job, tried: int) -> Graded:
        if job.student == "student0005":
            raise BrokenExecutor
        return full_marks(job, tried)

    workers = Fake(answer)
    tally = graded(workers, intake)
    assert dict(tally.by_status) == {"graded": 8, "infrastructure": 1}
    assert workers.seen["student0005"] == MAX_TRIES
    with Gradebook.open(book_file) as book:
        (one,) = [found.attempt for found in book.attempts() if found.attempt.status == "infrastructure"]
    assert (one.student, one.points) == ("student0005", None)
    assert "its worker was lost 3 times" in one.reason
    assert sum(workers.seen.values()) <= 9 + 2 + 2, "the others are not drawn in again and again"
    mended = Fake()
    tally = graded(mended, intake)
    assert dict(mended.seen) == {"student0005": 1}, "the same command tries it again"
    assert set(recorded(book_file).values()) == {"graded"}
    assert tally.before == 8


def test_an_infrastructure_error_is_tried_again(graded, intake: Intake, book_file: Path) -> None:
    def answer(job: Job, tried: int) -> Graded:
        if job.student == "student0002" and tried == 1:
            return full_marks(job, tried, status="infrastructure", points=None, questions=(), reason="no jail")
        return full_marks(job, tried)

    assert dict(graded(Fake(answer), intake).by_status) == {"graded": 9}


def test_a_failure_of_the_grader_itself_costs_one_submission(graded, intake: Intake, book_file: Path) -> None:
    """A mistake of ours in judging one strange answer does not stop the class, and is no zero."""

    def answer(job: Job, tried: int) -> Graded:
        if job.student == "student0005":
            raise ZeroDivisionError("division by zero")
        return full_marks(job, tried)

    workers = Fake(answer)
    assert dict(graded(workers, intake).by_status) == {"graded": 8, "infrastructure": 1}
    assert workers.mended == 0
    with Gradebook.open(book_file) as book:
        (one,) = [found.attempt for found in book.attempts() if found.attempt.status == "infrastructure"]
    assert one.reason == "the grader failed: division by zero (ZeroDivisionError)"


def test_when_nothing_can_be_graded_it_ends(graded, intake: Intake, book_file: Path, monkeypatch) -> None:
    monkeypatch.setattr("gru_book.grading.classroom.coordinator.MAX_FAILURES", 7)

    def answer(job: Job, tried: int) -> Graded:
        return full_marks(job, tried, status="infrastructure", points=None, questions=(), reason="no bubblewrap there")

    workers = Fake(answer)
    with pytest.raises(CheckError, match="7 gradings in a row failed: no bubblewrap there"):
        graded(workers, intake)
    assert 7 <= sum(workers.seen.values()) <= 10
    assert graded(Fake(), intake).done == 9


def test_workers_that_are_lost_one_by_one(graded, intake: Intake) -> None:
    """Dask: the others go on."""

    def answer(job: Job, tried: int) -> Graded:
        if tried == 1 and job.student in ("student0001", "student0002"):
            raise BrokenExecutor
        return full_marks(job, tried)

    workers = Fake(answer, together=False)
    assert dict(graded(workers, intake).by_status) == {"graded": 9}
    assert workers.seen["student0003"] == 1


def test_workers_that_do_not_come_back(graded, intake: Intake, book_file: Path) -> None:
    def answer(job: Job, tried: int) -> Graded:
        raise BrokenExecutor

    workers = Fake(answer)

    def mend() -> None:
        raise CheckError("dask", "the scheduler went away", "tcp://x")

    workers.mend = mend
    with pytest.raises(CheckError, match="went away"):
        graded(workers, intake)
    assert recorded(book_file) == {}


def test_a_stop_finishes_what_runs(graded, intake: Intake, book_file: Path) -> None:
    stop = Stop()

    def answer(job: Job, tried: int) -> Graded:
        if job.student == "student0004":
            stop.times = 1
        return full_marks(job, tried)

    tally = graded(Fake(answer), intake, stop=stop)
    assert 4 <= tally.done < 9
    assert len(recorded(book_file)) == tally.done
    assert graded(Fake(), intake).done == 9 - tally.done


def test_a_second_stop_ends_at_once(graded, intake: Intake, book_file: Path) -> None:
    stop = Stop()

    def answer(job: Job, tried: int) -> Graded:
        stop.times = 2
        return full_marks(job, tried)

    tally = graded(Fake(answer), intake, stop=stop)
    assert tally.done <= 3
    assert graded(Fake(), intake).before == tally.done


def test_a_gradebook_that_cannot_be_written_stops_it(graded, intake: Intake, book_file: Path, monkeypatch) -> None:
    """Disk full after four grades: one error, and what was recorded is there; afterwards the rest is graded."""
    real, count = Gradebook.record, 0

    def record(self: Gradebook, *args: Any, **kwargs: Any) -> str:
        nonlocal count
        count += 1
        if count == 5:
            raise GradebookError("disk_full", "g.db", "the disk is full")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Gradebook, "record", record)
    with pytest.raises(GradebookError, match="disk is full"):
        graded(Fake(), intake)
    assert len(recorded(book_file)) == 4
    tally = graded(Fake(), intake)
    assert (tally.before, tally.done) == (4, 5)


def test_two_graders_stay_apart(graded, leaky: Exercise, intake: Intake, book_file: Path) -> None:
    with Gradebook.open(book_file) as book:
        lease = book.lease(book.start_or_resume(leaky.id, leaky.version), holder="another machine process 1")
        workers = Fake()
        with pytest.raises(LeaseHeldError, match="another grader"):
            graded(workers, intake)
        assert not workers.seen
        book.release(lease)
    assert graded(Fake(), intake).done == 9
    with Gradebook.open(book_file) as book:
        book.lease(book.start_or_resume(leaky.id, leaky.version)), "given back at the end"


def test_a_lease_is_prolonged_while_nothing_is_recorded(graded, intake: Intake, monkeypatch) -> None:
    monkeypatch.setattr("gru_book.grading.classroom.coordinator.RENEW", 0.0)
    renewed = []
    real = Gradebook.renew
    monkeypatch.setattr(Gradebook, "renew", lambda self, lease: renewed.append(lease) or real(self, lease))
    graded(Fake(), intake)
    assert len(renewed) >= 3


def test_what_was_refused_at_the_door_is_recorded_once(graded, intake: Intake, book_file: Path) -> None:
    refusals = [
        Refusal("eve.ipynb", "not_json", "expected JSON", "eve", "90_leaky", "a" * 64),
        Refusal("homework.rar", "other_archive", "expected a zip", "homework"),
        Refusal("pipe", "not_a_file", "a FIFO"),
    ]
    found = Intake(intake.submissions, refusals, [])
    tally = graded(Fake(), found)
    assert tally.refused == 3
    assert {name: status for name, status in recorded(book_file).items() if status != "graded"} == {
        "eve": "refused", "homework": "refused",
    }  # fmt: skip
    graded(Fake(), found)
    with Gradebook.open(book_file) as book:
        assert len(list(book.attempts(all_tries=True))) == 11


def test_a_refused_notebook_that_is_mended_is_graded(graded, leaky: Exercise, tmp_path: Path, book_file: Path) -> None:
    """Two notebooks of one student are both refused; with one of them removed, the other counts."""
    answers = demo.Answers(leaky)
    folder = tmp_path / "two" / "ada"
    folder.mkdir(parents=True)
    for k in range(2):
        (folder / f"{k}.ipynb").write_bytes(answers.notebook({}, who=str(k)))
    graded(Fake(), take_in(folder.parent, [leaky]))
    assert recorded(book_file) == {"ada": "refused"}
    (folder / "0.ipynb").unlink()
    assert graded(Fake(), take_in(folder.parent, [leaky])).done == 1
    with Gradebook.open(book_file) as book:
        assert book.best()["ada", "90_leaky"].points == 6.0


def test_what_changes_on_the_disk_meanwhile_is_refused(graded, intake: Intake, book_file: Path) -> None:
    def gone() -> bytes:
        raise CheckError("unreadable", "cannot be read: Input/output error", "x")

    first = intake.submissions[0]
    broken = Submission(first.student, first.exercise, first.name, first.sha256, first.size, gone)
    tally = graded(Fake(), Intake([broken, *intake.submissions[1:]], [], []))
    assert dict(tally.by_status) == {"refused": 1, "graded": 8}


def test_what_somebody_asked_to_be_graded_again(graded, leaky: Exercise, intake: Intake, book_file: Path) -> None:
    graded(Fake(), intake)
    with Gradebook.open(book_file) as book:
        book.ask_again(student="student0003", why="an appeal")
        asked = book.to_regrade()
    assert len(asked) == 1
    seen = []

    def answer(job: Job, tried: int) -> Graded:
        seen.append((job.student, job.notebook))
        return full_marks(job, tried, points=5.0, questions=({"id": "90.1", "points": 5.0, "mistakes": []},))

    tally = graded(Fake(answer), Intake(), regrades=asked)
    assert (tally.total, tally.done) == (1, 1)
    assert seen == [("student0003", intake.submissions[2].read())]
    with Gradebook.open(book_file) as book:
        assert book.to_regrade() == []
        assert book.best()["student0003", "90_leaky"].points == 5.0


def test_the_hash_of_a_refusal_is_not_the_notebooks() -> None:
    one = Refusal("a", "several", "x", "ada", "90_leaky", "a" * 64)
    assert refusal_hash(one) != "a" * 64
    assert len({refusal_hash(one), refusal_hash(Refusal("b", "several", "x", "ada", "90_leaky", "a" * 64))}) == 2
