"""compute-sanitizer over each kernel: no access out of bounds, no race in shared memory."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.planted import ROOT

pytest.importorskip("torch")

from support.gpu import ON_GPU, cases
from support.kernels import needs_kernels

pytestmark = [pytest.mark.torch, needs_kernels]
REFUSED = "Device not supported"
LONGEST = 150
"""Seconds for one kernel under the checker: a machine is lent for minutes."""


def tool():
    """compute-sanitizer on the path, or beside CUDA's compiler; None where there is none."""
    beside = Path(os.environ.get("CUDA_HOME", "/usr/local/cuda")) / "bin" / "compute-sanitizer"
    return shutil.which("compute-sanitizer") or (str(beside) if beside.is_file() else None)


def run_program(*before, place, tiers=(), timeout=280):
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = {**os.environ, "PYTHONPATH": paths, "GRU_BOOK_GRAPHS": "0", "PYTORCH_NO_CUDA_MEMORY_CACHING": "1"}
    command = [*before, sys.executable, "-m", "support.gpu_program", place, *tiers]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout)


@pytest.mark.parametrize("check", ["memcheck", "racecheck"])
@pytest.mark.parametrize("tier", ["per_step", "one_block"])
@pytest.mark.parametrize("place", cases([()], []))
def test_nothing_is_found(place, tier, check):
    program = tool()
    if program is None:
        pytest.skip("compute-sanitizer is not installed")
    try:
        done = run_program(
            program, "--tool", check, "--error-exitcode", "86", place=place, tiers=[tier], timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{check} was not done after {LONGEST} s")
    text = done.stdout + done.stderr
    if REFUSED in text:
        pytest.skip(f"compute-sanitizer: {REFUSED}")
    assert done.returncode == 0, text[-4000:]
    assert " ran" in done.stdout


@pytest.mark.parametrize("place", cases([()], [()]))
def test_the_program_runs(place):
    done = run_program(place=place, tiers=["per_step"])
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert len(lines) == {"cuda": 8, "cpu": 4}[place]
    assert all(line.endswith(" ran") for line in lines)


def test_marks():
    assert any(mark.name == "gpu" for mark in ON_GPU)
