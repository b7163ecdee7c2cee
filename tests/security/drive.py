"""Grades hostile submissions, each followed by an honest one, and writes what came of them as JSON.

It runs as a process of its own, as root or as an ordinary user: `python drive.py REQUEST`, where REQUEST is the path of
a JSON file (see `Request`). It holds secrets in its environment, its memory and its files, as a grader does.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from attacks import ATTACKS, HONEST, Attack

from gru_book.grading.question import check_question
from gru_book.grading.sandbox import InfrastructureError, Limits, Sandbox
from gru_book.grading.spec import Exercise

LIMITS = Limits(cell=1.0, submission=6.0, cpu=20.0, memory=1 << 30)
EXERCISE = Path(__file__).parents[1] / "grading" / "leaky_exercise" / "grader.py"
CALL = 1.0
"""Seconds that a call may take."""


def the_exercise() -> Exercise:
    """The engine's small exercise: one question, a short time limit, and no mistakes that need a built folder."""
    spec = importlib.util.spec_from_file_location("leaky_grader", EXERCISE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    exercise: Exercise = module.exercise
    question = replace(exercise.function_question("90.1"), time_limit=CALL, mistakes=())
    return replace(exercise, questions=(question,))


def cells(source: str, setup: str) -> list[dict[str, Any]]:
    """A notebook of two code cells, as the runner takes them."""
    answer = {"index": 1, "source": source, "setup": False, "question": "90.1", "name": "leaky_step"}
    first = {"index": 0, "source": setup, "setup": True, "question": None, "name": ""}
    return [{**cell, "kind": "function"} for cell in (first, answer)]


def points(sandbox: Sandbox, exercise: Exercise, source: str, setup: str) -> tuple[float, str]:
    """What a submission gets, and in which words it failed."""
    runner = sandbox.runner(cells(source, setup))
    try:
        runner.load()
        if 1 not in runner.cells or not runner.cells[1].defines:
            return 0.0, str(runner.cells.get(1))
        result = check_question(exercise, exercise.questions[0], runner)
        return result.points, str(result.error or result.summary)
    finally:
        runner.close()


def setup_cell(secrets: dict[str, str], port: int) -> str:
    """What an attacker may know: where to look, and the canary, in two parts so that this is not what it finds."""
    canary = secrets["canary"]
    return "\n".join(
        [
            "import numpy as np",
            f"CANARY = ''.join([{canary[:8]!r}, {canary[8:]!r}])",
            f"CANARY_FILE, HOME = {secrets['file']!r}, {str(Path(secrets['file']).parent)!r}",
            f"PORT, PARENT = {port}, {os.getpid()}",
            f"FIRST_RANDOM = {first_random()!r}",
        ]
    )


def first_random() -> float:
    """The first number of NumPy's global generator in a fresh jail."""
    return float(np.random.RandomState(0).random_sample())


def grade(sandbox: Sandbox, exercise: Exercise, attack: Attack, setup: str) -> dict[str, Any]:
    """What became of one attack, and of the honest submission after it."""
    start = time.monotonic()
    try:
        if attack.before:
            points(sandbox, exercise, attack.before + HONEST, setup)
        got, why = points(sandbox, exercise, attack.source, setup)
    except InfrastructureError as error:
        got, why = -1.0, f"infrastructure: {error}"
    seconds = time.monotonic() - start
    honest, _ = points(sandbox, exercise, HONEST, setup)
    return {"name": attack.name, "points": got, "why": why, "seconds": seconds, "honest": honest}


def main(request: dict[str, Any]) -> None:
    """Grade what the request names and write the results to its `out`."""
    secrets = request["secrets"]
    os.environ["GRU_CANARY"] = secrets["canary"]
    kept_in_memory = [{"seed": secrets["canary"]} for _ in range(1000)]
    chosen = [attack for attack in ATTACKS if attack.name in set(request["names"])]
    exercise = the_exercise()
    with socket.create_server(("127.0.0.1", 0)) as server:
        setup = setup_cell(secrets, server.getsockname()[1])
        modules = tuple(request["modules"])
        with Sandbox(modules, limits=LIMITS, without=frozenset(request["without"])) as sandbox:
            results = [grade(sandbox, exercise, attack, setup) for attack in chosen]
            described = sandbox.description
    status = Path(
        "/proc/self/status"
    ).read_text()  # getrusage's peak begins at that of the process that forked this one
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    assert kept_in_memory
    about = {"results": results, "peak": peak, "uid": os.getuid(), "description": described}
    Path(request["out"]).write_text(json.dumps({**about, "full": exercise.max_points}))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
