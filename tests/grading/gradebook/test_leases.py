"""Two graders stay apart, and one that was overtaken cannot write; with processes, stopped and killed ones too."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from support.gradebooks import EXERCISE, Child, attempt, content, in_child, sql

from gru_book.errors import ArgumentError
from gru_book.grading.gradebook import Gradebook, LeaseHeldError, LeaseLostError, leases


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def one(place: str, clock: Clock) -> Iterator[Gradebook]:
    with Gradebook.open(place, clock=clock) as book:
        yield book


@pytest.fixture
def two(place: str, one: Gradebook, clock: Clock) -> Iterator[Gradebook]:
    with Gradebook.open(place, clock=clock) as book:
        yield book


def test_a_second_grader_is_told_who_the_first_is(one: Gradebook, two: Gradebook) -> None:
    run = one.start_or_resume(EXERCISE, 1)
    one.lease(run)
    with pytest.raises(LeaseHeldError) as raised:
        two.lease(run)
    assert f"process {os.getpid()}" in str(raised.value)
    assert raised.value.kind == "lease_held"
    with pytest.raises(LeaseHeldError):
        two.record(run, attempt())
    assert content(one) == []


def test_another_run_is_free(one: Gradebook, two: Gradebook) -> None:
    one.lease(one.start_or_resume(EXERCISE, 1))
    assert two.lease(two.start_or_resume(EXERCISE, 2)).token == 1


def test_what_is_given_back_can_be_had(one: Gradebook, two: Gradebook) -> None:
    run = one.start_or_resume(EXERCISE, 1)
    first = one.lease(run)
    one.release(first)
    second = two.lease(run)
    assert second.token > first.token
    with pytest.raises(LeaseLostError):
        one.record(run, attempt(), lease=first)
    one.release(first)  # a lease of the past ends nobody's
    assert two.record(run, attempt(), lease=second) == "new"


def test_after_giving_back_nothing_is_written_with_it(one: Gradebook) -> None:
    run = one.start_or_resume(EXERCISE, 1)
    lease = one.lease(run)
    one.release(lease)
    with pytest.raises(LeaseLostError, match="given back"):
        one.record(run, attempt(), lease=lease)
    assert one.record(run, attempt()) == "new"


def test_a_lease_runs_out_and_is_taken_over(one: Gradebook, two: Gradebook, clock: Clock) -> None:
    run = one.start_or_resume(EXERCISE, 1)
    old = one.lease(run, seconds=10)
    clock.now += 9.9
    with pytest.raises(LeaseHeldError):
        two.lease(run)
    clock.now += 0.2
    new = two.lease(run)
    for call in (lambda: one.record(run, attempt(), lease=old), lambda: one.renew(old)):
        with pytest.raises(LeaseLostError, match="took over") as raised:
            call()
        assert raised.value.kind == "lease_lost"
    assert content(one) == []
    assert two.record(run, attempt(), lease=new) == "new"


def test_a_lease_that_ran_out_still_holds_while_nobody_took_over(one: Gradebook, clock: Clock) -> None:
    run = one.start_or_resume(EXERCISE, 1)
    lease = one.lease(run, seconds=10)
    clock.now += 1000
    assert one.record(run, attempt(), lease=lease) == "new"


@pytest.mark.parametrize("prolong", ["renew", "record"])
def test_recording_and_renewing_prolong_it(one: Gradebook, two: Gradebook, clock: Clock, prolong: str) -> None:
    run = one.start_or_resume(EXERCISE, 1)
    lease = one.lease(run, seconds=10)
    clock.now += 8
    if prolong == "renew":
        assert one.renew(lease).expires_at == clock.now + 10
    else:
        one.record(run, attempt(), lease=lease)
    clock.now += 8
    with pytest.raises(LeaseHeldError):
        two.lease(run)
    clock.now += 3
    assert two.lease(run).token == lease.token + 1


def test_a_clock_that_goes_back_opens_no_door(one: Gradebook, two: Gradebook, clock: Clock) -> None:
    run = one.start_or_resume(EXERCISE, 1)
    old = one.lease(run, seconds=10)
    clock.now += 11
    new = two.lease(run)
    clock.now -= 1000
    with pytest.raises(LeaseLostError):
        one.record(run, attempt(), lease=old)
    assert two.record(run, attempt(), lease=new) == "new"


def test_a_lease_of_another_run_is_none_of_this(one: Gradebook) -> None:
    first, second = one.start_or_resume(EXERCISE, 1), one.start_or_resume(EXERCISE, 2)
    lease = one.lease(first)
    one.lease(second)
    with pytest.raises(LeaseLostError):
        one.record(second, attempt(exercise_version=2), lease=lease)


def test_a_batch_without_the_lease_leaves_nothing(one: Gradebook, two: Gradebook, clock: Clock) -> None:
    run = one.start_or_resume(EXERCISE, 1)
    old = one.lease(run, seconds=1)
    clock.now += 2
    two.lease(run)
    with pytest.raises(LeaseLostError):
        one.record_all(run, [attempt(f"student {k}") for k in range(3)], lease=old, submissions={})
    assert content(two) == []


def test_a_lease_of_no_seconds_is_no_lease(one: Gradebook) -> None:
    run = one.start_or_resume(EXERCISE, 1)
    for seconds in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ArgumentError, match="seconds"):
            one.lease(run, seconds=seconds)


# --- Real processes and the real clock -------------------------------------------------------------------------


def test_of_graders_that_ask_at_once_one_gets_it(place: str) -> None:
    with Gradebook.open(place) as book:
        book.start_or_resume(EXERCISE, 1)

    def ask() -> bool:
        with Gradebook.open(place) as own:
            try:
                own.lease(own.start_or_resume(EXERCISE, 1))
            except LeaseHeldError:
                return False
            time.sleep(1.0)  # alive until all have asked
            return True

    children = [Child(ask) for _ in range(5)]
    assert sorted(child.result() for child in children) == [False] * 4 + [True]


def grader(place: str, seconds: float, *, stops_at: int = -1) -> tuple[Child, Callable[[], int]]:
    """A grader that records in a loop until it loses its lease; and how many attempts are there.

    It stops between two attempts: in one it would hold the database's lock, not only the lease.
    """

    def work() -> tuple[str, int]:
        with Gradebook.open(place) as own:
            run = own.start_or_resume(EXERCISE, 1)
            lease = own.lease(run, seconds=seconds)
            for k in range(100_000):
                if k == stops_at:
                    os.kill(os.getpid(), signal.SIGSTOP)
                try:
                    own.record(run, attempt(f"of one {k}"), lease=lease)
                except LeaseLostError as error:
                    return error.kind, k
                time.sleep(0.005)
        return "never", -1

    return Child(work), lambda: len(sql(place, "SELECT id FROM gradebook_attempts"))


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for something that comes soon."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_grader_that_was_stopped_for_too_long_writes_nothing_more(place: str) -> None:
    with Gradebook.open(place) as book:
        run = book.start_or_resume(EXERCISE, 1)
        child, _ = grader(place, seconds=1.0, stops_at=3)
        os.waitpid(child.pid, os.WUNTRACED)
        with pytest.raises(LeaseHeldError):  # it is stopped, not dead: its time runs
            book.lease(run)
        while True:
            try:
                lease = book.lease(run)
                break
            except LeaseHeldError:
                time.sleep(0.1)
        before = content(book)
        os.kill(child.pid, signal.SIGCONT)
        kind, last = child.result()
        assert kind == "lease_lost"
        assert content(book) == before
        assert len(before) == last
        assert book.record(run, attempt("of two"), lease=lease) == "new"


def test_without_the_fence_that_grader_would_write(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof that the test above can fail: the same with a `prolong` that looks at nothing."""
    with Gradebook.open(place) as book:
        run = book.start_or_resume(EXERCISE, 1)
        with monkeypatch.context() as patched:
            patched.setattr(leases, "prolong", lambda connection, run_id, lease, now, place: lease)
            child, count = grader(place, seconds=0.5, stops_at=3)
        os.waitpid(child.pid, os.WUNTRACED)
        time.sleep(0.7)
        book.lease(run)
        before = count()
        os.kill(child.pid, signal.SIGCONT)
        wait_until(lambda: count() > before)
        child.kill()


def test_the_successor_of_a_killed_grader_need_not_wait(place: str) -> None:
    with Gradebook.open(place) as book:
        run = book.start_or_resume(EXERCISE, 1)
        child, count = grader(place, seconds=3600)
        wait_until(lambda: count() >= 1)
        with pytest.raises(LeaseHeldError):
            book.lease(run)
        os.kill(child.pid, signal.SIGKILL)  # nobody waits for it: it stays a zombie
        wait_until(lambda: leases._is_dead(sql(place, "SELECT holder FROM gradebook_leases")[0].holder))
        assert book.lease(run).token == 2
        assert child.result() is None


def test_only_a_holder_that_is_surely_gone_is_dead() -> None:
    here = leases.holder_here()
    gone = in_child(leases.holder_here)
    assert not leases._is_dead(here)
    assert leases._is_dead(gone)
    front, _, identity = here.partition(" (")
    boot, space, started = identity.rstrip(")").split()
    assert leases._is_dead(f"{front} ({boot} {space} {int(started) + 1})"), "another process has its number"
    assert not leases._is_dead(f"{front} (another-boot {space} {started})")
    assert not leases._is_dead(f"{front} ({boot} 1 {started})"), "its number is of another space"
    assert not leases._is_dead(front)
    assert not leases._is_dead("grader 7 of somebody")
    assert not leases._is_dead("")
