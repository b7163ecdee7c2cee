"""What takes long, for `make nightly`: ten thousand submissions in flat memory, and Dask workers killed at random."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gru_book.bench.grade import memory_curve
from gru_book.grading.classroom import demo
from gru_book.grading.spec import Exercise

from . import crash
from .conftest import is_sound, rows
from .test_command import with_key
from .test_dask import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.sandbox, pytest.mark.usefixtures("jail"), pytest.mark.timeout(7200)]
SUBMISSIONS = 10_000
WORKER_KILLS = 30


def test_memory_is_flat(leaky: Exercise, results) -> None:
    """5 % of them are hostile; what the first quarter fills, caches and the allocator's own, may stay."""
    found = memory_curve(leaky, SUBMISSIONS, 2)
    assert found["submissions"] == SUBMISSIONS
    assert found["left_running"] == 0
    assert found["growth_after_a_quarter"] < 0.05
    results("grading_memory", found)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    try:
        yield made
    finally:
        left = made.close()
    assert left == []


def test_dask_workers_killed_at_random(
    cluster: Cluster, pupils: list[demo.Pupil], built_book: Path, tmp_path: Path, results
) -> None:
    """A worker is killed every now and then and another is started: the grades are those of an undisturbed run."""
    folder, expected_at = tmp_path / "submissions", with_key(tmp_path / "expected.db")
    demo.write_class(pupils, folder)
    exercises = built_book / "exercises"
    assert subprocess.run(crash.command(folder, expected_at, exercises, "--jobs", "2"), check=False).returncode == 1
    expected, rng, kills, classes, commands = rows(expected_at), np.random.default_rng(22), 0, 0, 0
    workers = [cluster.worker() for _ in range(3)]
    cluster.wait_for(3)
    start = time.monotonic()
    while kills < WORKER_KILLS:
        book, log = with_key(tmp_path / f"{classes}.db"), tmp_path / f"{classes}.log"
        while True:
            process = crash.start(crash.command(folder, book, exercises, "--dask", cluster.address), log)
            commands += 1
            ended = threading.Event()
            while not ended.is_set():
                try:
                    process.wait(timeout=float(rng.uniform(0.5, 4.0)))
                    ended.set()
                except subprocess.TimeoutExpired:
                    if kills < WORKER_KILLS and time.monotonic() - start > 5:
                        index = int(rng.integers(len(workers)))
                        there = crash.descendants(workers[index].pid)
                        os.kill(workers[index].pid, 9)
                        assert crash.wait_until_gone(there) == []
                        kills += 1
                        workers[index] = cluster.worker()
            if process.returncode == 1 and "tries it again" not in log.read_text().rsplit("Gradebook:", 1)[-1]:
                break
            assert process.returncode in (1, 2), log.read_text()
            assert commands < 200
        assert rows(book) == expected
        assert is_sound(book)
        classes += 1
    results("grading_dask_kills", {
        "kills": kills, "classes": classes, "submissions": len(expected), "commands": commands,
        "seconds": round(time.monotonic() - start, 1), "equal": True, "integrity_check": "ok",
    })  # fmt: skip
