"""Whatever two graders do in whatever order, the gradebook ends as if one had recorded everything once."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.gradebooks import EXERCISE, attempt, failure, sql
from support.postgresql import Server

from gru_book.grading.gradebook import Attempt, Gradebook, Lease, LeaseHeldError, LeaseLostError, Run
from gru_book.grading.gradebook.recording import record

STUDENTS = ("Ada", "Ben", "Cyd")
TABLES = ("regrades", "tries", "attempts", "submissions", "leases", "runs")


@st.composite
def attempt_lists(draw: st.DrawFn) -> list[Attempt]:
    """For each student any number of infrastructure errors and at most one grade, in any order, some twice."""
    found: list[Attempt] = []
    for student in STUDENTS:
        minutes = draw(st.lists(st.integers(0, 3), max_size=3))
        found += [failure(student, minute) for minute in minutes]
        if draw(st.booleans()):
            found.append(attempt(student, draw(st.sampled_from([0.0, 2.0, 4.0]))))
    twice = draw(st.lists(st.sampled_from(found), max_size=3)) if found else []
    return draw(st.permutations([*found, *twice]))


STEP = st.one_of(
    st.tuples(st.just("lease"), st.integers(0, 1)),
    st.tuples(st.just("record"), st.integers(0, 1)),
    st.tuples(st.just("skip"), st.integers(0, 1)),
    st.tuples(st.just("release"), st.integers(0, 1)),
    st.tuples(st.just("wait"), st.integers(1, 20)),
)


def expected(attempts: list[Attempt]) -> list[tuple[str, str]]:
    """(why, digest) of every attempt, from the definition: a grade stands, else the latest error; the rest is kept."""
    rows = []
    for student in STUDENTS:
        own = {one.digest: one for one in attempts if one.student == student}
        standing = max(own.values(), key=lambda one: (one.final, one.graded_at, one.digest), default=None)
        rows += [("" if one is standing else "infrastructure", one.digest) for one in own.values()]
    return sorted(rows)


def found(book: Gradebook) -> list[tuple[str, str]]:
    """(why, digest) of every attempt that is there."""
    return sorted((one.why, one.attempt.digest) for one in book.attempts(all_tries=True))


class Grader:
    """A grader with a list to record, which it does in order and again until it knows that it is done."""

    def __init__(self, book: Gradebook, work: list[Attempt]) -> None:
        self.book, self.work, self.next = book, work, 0
        self.run: Run = book.start_or_resume(EXERCISE, 1)
        self.lease: Lease | None = None

    def do(self, what: str) -> None:
        """One step; after losing its lease it writes nothing until it has one again."""
        if what == "lease":
            try:
                self.lease = self.book.lease(self.run, seconds=10)
            except LeaseHeldError:
                return
        elif what == "release" and self.lease is not None:
            self.book.release(self.lease)
        elif what == "skip":
            self.next += 1
        elif what == "record" and self.work:
            before = found(self.book)
            try:
                self.book.record(self.run, self.work[self.next % len(self.work)], lease=self.lease)
                self.next += 1
            except (LeaseLostError, LeaseHeldError):
                assert found(self.book) == before, "who has no lease writes nothing"


def check(books: list[Gradebook], clock: list[float], work: list[Attempt], steps: list[tuple[str, int]]) -> None:
    """Two graders with the same work go these steps; then one of them finishes it."""
    graders = [Grader(book, work) for book in books]
    holders: list[int] = []
    for what, number in steps:
        if what == "wait":
            clock[0] += number
            continue
        graders[number].do(what)
        tokens = [one.lease.token for one in graders if one.lease is not None]
        holders.append(max(tokens, default=0))
    assert holders == sorted(holders), "a token never comes again"
    clock[0] += 100
    last = graders[0]
    lease = last.book.lease(last.run)
    for one in work:
        last.book.record(last.run, one, lease=lease)
    assert found(last.book) == expected(work)
    final = {(one.student, one.submission_hash) for one in work if one.final}
    assert last.book.done(last.run) == final


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "gradebook.db"
    Gradebook.open(file).close()
    return file


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(work=attempt_lists(), steps=st.lists(STEP, max_size=25))
@example(work=[attempt("Ada")], steps=[("lease", 0), ("wait", 11), ("lease", 1), ("record", 0), ("record", 1)])
def test_any_order_of_two_graders_in_a_file(
    empty_file: Path, tmp_path: Path, work: list[Attempt], steps: list[tuple[str, int]]
) -> None:
    file = tmp_path / f"{next(COUNT)}.db"
    shutil.copy(empty_file, file)
    clock = [1e6]
    with Gradebook.open(file, clock=lambda: clock[0]) as one, Gradebook.open(file, clock=lambda: clock[0]) as two:
        check([one, two], clock, work, steps)
    file.unlink()


COUNT = itertools.count()


@pytest.fixture(scope="module")
def shared_place(server: Server) -> str:
    place = server.schema()
    Gradebook.open(place).close()
    return place


@pytest.mark.postgres
@settings(max_examples=8)
@given(work=attempt_lists(), steps=st.lists(STEP, max_size=25))
def test_any_order_of_two_graders_on_a_server(
    shared_place: str, work: list[Attempt], steps: list[tuple[str, int]]
) -> None:
    for table in TABLES:
        sql(shared_place, f"DELETE FROM gradebook_{table}")
    clock = [1e6]
    with (
        Gradebook.open(shared_place, clock=lambda: clock[0]) as one,
        Gradebook.open(shared_place, clock=lambda: clock[0]) as two,
    ):
        check([one, two], clock, work, steps)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda connection, run, one, regrade: record(connection, run, one, regrade) if one.final else "new",
        lambda connection, run, one, regrade: record(connection, run, attempt(one.student, 4.0), regrade),
    ],
    ids=["failures are dropped", "everybody has full marks"],
)
def test_a_gradebook_that_ends_otherwise_would_be_seen(
    empty_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mistake: Callable[..., str]
) -> None:
    monkeypatch.setattr("gru_book.grading.gradebook.recording.record", mistake)
    work = [failure("Ada", 1), attempt("Ada", 2.0), failure("Ben")]
    clock = [1e6]
    file = tmp_path / "gradebook.db"
    shutil.copy(empty_file, file)
    with (
        Gradebook.open(file, clock=lambda: clock[0]) as one,
        Gradebook.open(file, clock=lambda: clock[0]) as two,
        pytest.raises(AssertionError),
    ):
        check([one, two], clock, work, [("lease", 0), ("record", 0)])


def test_a_grade_that_was_confirmed_is_never_changed_by_recording(book: Gradebook) -> None:
    """Also where gradings of the same inputs differ, as they do for an answer that looks at the clock."""
    run = book.start_or_resume(EXERCISE, 1)
    grades = [attempt("Ada", points, graded_at=f"2026-03-01T{hour:02}:00:00Z") for points, hour in ((2.0, 5), (4.0, 1))]
    for order in itertools.permutations(grades):
        for one in order:
            book.record(run, one)
        assert next(book.attempts()).attempt == grades[0]
