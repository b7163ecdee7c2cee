"""The same class on Dask: a scheduler and workers that are processes of their own, as the README starts them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gru_book.grading.classroom import demo
from gru_book.grading.classroom.coordinator import Coordinator
from gru_book.grading.classroom.intake import take_in
from gru_book.grading.classroom.workers import DaskWorkers, LocalWorkers
from gru_book.grading.errors import CheckError
from gru_book.grading.gradebook import Gradebook
from gru_book.grading.sandbox import Limits

from . import crash
from .conftest import rows
from .test_command import graded_so_far, with_key

pytest.importorskip("distributed")
pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("jail")]


class Cluster:
    """A scheduler and workers, by Dask's own commands."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self.log = folder / "dask.log"
        self.processes: list[subprocess.Popen[bytes]] = []
        self._run("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file))
        while not self.file.exists():
            time.sleep(0.1)
            assert self.processes[0].poll() is None, self.log.read_text()
        self.address = json.loads(self.file.read_text())["address"]

    def _run(self, *words: str) -> subprocess.Popen[bytes]:
        process = crash.start([sys.executable, "-m", "dask", *words], self.log)
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        """Without a nanny, a killed worker stays away: the test sees the others take over."""
        return self._run(
            "worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60"
        )

    def wait_for(self, count: int) -> None:
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)

    def close(self) -> list[psutil.Process]:
        """End it; what is left of it."""
        there = [one for process in self.processes for one in crash.descendants(process.pid)]
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return crash.wait_until_gone(there)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    try:
        for _ in range(2):
            made.worker()
        made.wait_for(2)
        yield made
    finally:
        left = made.close()
    assert left == [], "no jail outlives its worker"


def test_the_same_grades_and_a_lost_worker(
    cluster: Cluster, leaky, pupils: list[demo.Pupil], submissions: Path, built_book: Path, tmp_path: Path
) -> None:
    """Local and Dask grade alike; a worker that is killed on the way changes nothing."""
    local, far = with_key(tmp_path / "local.db"), with_key(tmp_path / "far.db")
    with Gradebook.open(local) as book:
        workers = LocalWorkers(2)
        try:
            intake = take_in(submissions, [leaky])
            limits = Limits()
            Coordinator(book, workers, limits=limits, isolation="bubblewrap").grade(intake, [leaky])
        finally:
            workers.close()
    words = crash.command(submissions, far, built_book / "exercises", "--dask", cluster.address)
    log = tmp_path / "log"
    process = crash.start(words, log)
    while graded_so_far(far) < 4 and process.poll() is None:
        time.sleep(0.05)
    victim = cluster.processes[1]
    jails = crash.descendants(victim.pid)
    victim.kill()
    assert process.wait(timeout=120) == 1, log.read_text()
    assert crash.wait_until_gone(jails) == [], "its jails ended with it"
    assert rows(far) == rows(local)
    assert "Traceback" not in log.read_text()


@pytest.mark.slow
def test_a_scheduler_that_goes_away(cluster: Cluster, submissions: Path, built_book: Path, tmp_path: Path) -> None:
    """One line; what was graded is recorded, and the same command goes on, here with local workers."""
    far, log = with_key(tmp_path / "far.db"), tmp_path / "log"
    process = crash.start(crash.command(submissions, far, built_book / "exercises", "--dask", cluster.address), log)
    while graded_so_far(far) < 3 and process.poll() is None:
        time.sleep(0.05)
    os.killpg(cluster.processes[0].pid, signal.SIGKILL)
    assert process.wait(timeout=120) == 2, log.read_text()
    said = log.read_text()
    assert "scheduler went away" in said
    assert "Traceback" not in said
    before = graded_so_far(far)
    done = subprocess.run(crash.command(submissions, far, built_book / "exercises", "--jobs", "1"), capture_output=True)
    assert done.returncode == 1
    assert graded_so_far(far) > before


@pytest.mark.slow
def test_a_scheduler_without_workers(tmp_path: Path) -> None:
    made = Cluster(tmp_path)
    try:
        with pytest.raises(CheckError, match="the scheduler has no workers; start some: dask worker"):
            DaskWorkers(made.address)
    finally:
        made.close()
