"""nbgrader and otter on the same answers: each from a virtual environment of its own, which we do not make.

Both run tests beside the student's code, in the notebook. They get the same inputs as `gru-book grade` draws, with the
expected outputs, as asserts; they name no mistake and find no smallest input.

    python -m venv build/peers/nbgrader && build/peers/nbgrader/bin/pip install nbgrader ipykernel numpy
    python -m venv build/peers/otter && build/peers/otter/bin/pip install otter-grader ipykernel numpy
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gru_book.grading.classroom import demo
from gru_book.grading.judge import inputs_of
from gru_book.grading.spec import Exercise, FunctionQuestion

FOLDER = Path("build/peers")
LIMIT = 600.0
"""Seconds that a peer's one command may take."""

Tree = dict[str, Any]


def measure(exercise: Exercise, count: int, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Peer -> its figures, or why there are none."""
    return {name: _measured(name, peer, exercise, count, folder, say) for name, peer in PEERS.items()}


def _measured(
    name: str, peer: Callable[..., Tree], exercise: Exercise, count: int, folder: Path, say: Callable[[str], None]
) -> Tree:
    python = folder / name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.is_file():
        return {"not_installed": f"no virtual environment at {folder / name}"}
    say(f"{name}: {count} submissions of {exercise.id}")
    python = Path(os.path.abspath(python))
    with tempfile.TemporaryDirectory(prefix=f"gru-book-{name}-", ignore_cleanup_errors=True) as scratch:
        try:
            return {"version": _version(python, name), **peer(python, exercise, count, Path(scratch))}
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            complaint = getattr(error, "stderr", None) or str(error)
            return {"failed": " ".join(str(complaint).split())[-400:]}


def _version(python: Path, name: str) -> str:
    package = {"otter": "otter-grader"}.get(name, name)
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return _run([str(python), "-c", code], python, Path.cwd()).strip()


def _run(command: list[str], python: Path, folder: Path) -> str:
    """What a command of the peer prints; its environment's programs come first on the path."""
    environment = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
        errors="replace",
    )
    return done.stdout


def _figures(count: int, seconds: float, scores: list[float]) -> Tree:
    return {
        "submissions": count, "seconds": round(seconds, 2), "per_second": round(count / seconds, 3),
        "scores": [round(score, 3) for score in scores],
    }  # fmt: skip


# --- nbgrader ------------------------------------------------------------------------------------------------


def nbgrader(python: Path, exercise: Exercise, count: int, folder: Path) -> Tree:
    """`nbgrader autograde` of `count` students, its start included."""
    answers = demo.Answers(exercise)
    name = "ps1"
    source = folder / "source" / name / "work.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(_for_nbgrader(exercise, answers, answers.solution, tests=True)))
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    program = [str(python), "-m", "nbgrader"]
    _run([*program, "generate_assignment", name, "--force"], python, folder)
    for index, chosen in enumerate(_answers(exercise, count)):
        handed_in = folder / "submitted" / f"s{index}" / name / "work.ipynb"
        handed_in.parent.mkdir(parents=True)
        handed_in.write_text(json.dumps(_for_nbgrader(exercise, answers, chosen, tests=True)))
    start = time.perf_counter()
    _run([*program, "autograde", name], python, folder)
    seconds = time.perf_counter() - start
    code = (
        "from nbgrader.api import Gradebook\n"
        "with Gradebook('sqlite:///gradebook.db') as book:\n"
        f"    print([s.score / s.max_score for s in book.assignment_submissions({name!r})])\n"
    )
    return _figures(count, seconds, json.loads(_run([str(python), "-c", code], python, folder)))


def _for_nbgrader(exercise: Exercise, answers: demo.Answers, chosen: dict[str, str], *, tests: bool) -> Tree:
    tree: Tree = json.loads(answers.notebook(chosen))
    cells = []
    for cell in tree["cells"]:
        question = cell["metadata"].get("question")
        if question:
            name = question.replace(".", "-")
            cells.append({**cell, "metadata": {"nbgrader": {**OWN, "grade_id": f"answer-{name}", "solution": True}}})
            text = tests_of(exercise, question)
            if tests and text:
                own = {**OWN, "grade_id": f"test-{name}", "grade": True, "locked": True, "points": 1}
                cells.append(_code(text, {"nbgrader": own}, f"test-{name}"))
        elif "check(" not in cell["source"] or "setup" in cell["metadata"].get("tags", []):
            cells.append({**cell, "source": _without_check(cell["source"])})
    return {**tree, "cells": cells, "metadata": {"kernelspec": KERNEL}}


OWN = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def _code(source: str, metadata: Tree, name: str) -> Tree:
    return {"cell_type": "code", "id": name, "metadata": metadata, "source": source, "outputs": [],
            "execution_count": None}  # fmt: skip


def _without_check(source: Any) -> str:
    return "".join(line for line in "".join(source).splitlines(keepends=True) if "gru_book" not in line)


# --- otter ---------------------------------------------------------------------------------------------------


def otter(python: Path, exercise: Exercise, count: int, folder: Path) -> Tree:
    """`otter run` of each student's notebook, without its container."""
    answers = demo.Answers(exercise)
    tests = folder / "tests"
    tests.mkdir()
    for question in exercise.questions:
        text = tests_of(exercise, question.id)
        if text:
            name = question.id.replace(".", "_")
            case = {"code": "".join(f">>> {line}\n" if not line.startswith(" ") else f"... {line}\n" for line in
                                    [f"exec({text!r})"]), "hidden": False, "locked": False}  # fmt: skip
            suite = [{"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}]
            test = {"name": f"q{name}", "points": 1, "suites": suite}
            (tests / f"q{name}.py").write_text(f"OK_FORMAT = True\n\ntest = {test!r}\n")
    (folder / "requirements.txt").write_text("numpy\n")
    program = [str(python), "-m", "otter"]
    _run([*program, "generate", "-t", "tests", "-r", "requirements.txt", "-o", "autograder.zip", "--no-environment"],
         python, folder)  # fmt: skip
    scores, seconds = [], 0.0
    for index, chosen in enumerate(_answers(exercise, count)):
        tree = _for_nbgrader(exercise, answers, chosen, tests=False)
        notebook = folder / f"s{index}.ipynb"
        notebook.write_text(json.dumps({**tree, "cells": [{**cell, "metadata": {}} for cell in tree["cells"]]}))
        (folder / f"out{index}").mkdir()
        start = time.perf_counter()
        _run([*program, "run", "-a", "autograder.zip", "-o", f"out{index}", notebook.name], python, folder)
        seconds += time.perf_counter() - start
        results = json.loads((folder / f"out{index}" / "results.json").read_text())
        graded = [test for test in results["tests"] if test.get("max_score")]
        scores.append(sum(test["score"] for test in graded) / max(1e-9, sum(test["max_score"] for test in graded)))
    return _figures(count, seconds, scores)


# --- What both get -------------------------------------------------------------------------------------------


def _answers(exercise: Exercise, count: int) -> list[dict[str, str]]:
    """The answers of a made-up class, question id -> source."""
    answers, rng = demo.Answers(exercise), np.random.default_rng(0)
    return [{question.id: answers.choose(rng, question) for question in exercise.questions} for _ in range(count)]


def tests_of(exercise: Exercise, question_id: str) -> str:
    """A cell that asserts the expected outputs on the inputs of every property; "" for a value."""
    question = exercise.question(question_id)
    if not isinstance(question, FunctionQuestion):
        return ""
    cases = [
        (tuple(map(_plain, args.values())), _plain(expected))
        for index in range(len(question.properties))
        for args, expected in inputs_of(question, index, 0)
        if all(isinstance(value, (np.ndarray, int, float)) for value in args.values())
    ]
    return (
        "import numpy as np\n"
        "from numpy import array\n"
        f"for args, expected in {cases!r}:\n"
        f"    got = {question.name}(*[np.array(a) for a in args])\n"
        "    for g, e in zip(got, expected) if isinstance(expected, tuple) else [(got, np.array(expected))]:\n"
        f"        assert np.allclose(g, np.array(e), rtol={question.rtol}, atol={question.atol})\n"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return value.tolist() if isinstance(value, np.ndarray) else value


PEERS: dict[str, Callable[..., Tree]] = {"nbgrader": nbgrader, "otter": otter}
