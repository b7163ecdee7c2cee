"""A class made up from an exercise's own answers: right ones, planted mistakes, hostile code, and files that are none.

For `gru-book grade --demo`, for the tests, and for the benchmark. The same seed makes the same class.
"""

from __future__ import annotations

import ast
import contextlib
import json
import math
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gru_book.grading.errors import ExerciseError
from gru_book.grading.reference import code_cells
from gru_book.grading.sources import GRADER, SOLUTION
from gru_book.grading.spec import Exercise, FunctionQuestion, Question, ValueQuestion

HOSTILE = {
    "never ends": "while True:\n    pass",
    "ends the process": "import os\nos._exit(0)",
    "takes the memory": "x = [bytearray(1 << 24) for _ in range(1 << 14)]",
    "starts processes": "import os\nwhile True:\n    os.fork()",
    "uses the network": "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)",
    "runs a program": "import subprocess\nsubprocess.run(['sh', '-c', 'id'], check=True)",
    "reads the grader": "import gru_book.grading.reference as reference\nreturn reference",
    "leaves files": "open('/tmp/answer', 'w').write('x')\nopen('/answer', 'w').write('x')",
    "is equal to all": "class Equal:\n    __eq__ = lambda self, other: True\n    __hash__ = None\nreturn Equal()",
    "floods the screen": "for _ in range(10_000):\n    print('x' * 1000)\nreturn None",
    "patches NumPy": "import numpy\nnumpy.allclose = numpy.isclose = lambda *a, **k: True\nreturn numpy.zeros(1)",
    "kills everybody": "import os, signal\nfor pid in range(1, 100):\n    os.kill(pid, signal.SIGKILL)",
}
"""Bodies of functions that try what an answer must not do."""

BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "half of it": lambda data: data[: len(data) // 2],
    "nothing": lambda data: b"",
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "no JSON": lambda data: b"print('my answer')\n",
    "format 3": lambda data: data.replace(b'"nbformat": 4', b'"nbformat": 3'),
    "merge conflict": lambda data: b"<<<<<<< HEAD\n" + data,
}
"""What becomes of a notebook on the way."""


@dataclass(frozen=True)
class Pupil:
    """One student of a made-up class: the notebook, and whether anything in it is hostile or broken."""

    name: str
    notebook: bytes
    kind: str


def sample(exercise: Exercise, count: int, *, seed: int = 0, hostile: float = 0.05, broken: float = 0.0) -> list[Pupil]:
    """A class of `count`: each answer is wrong with one in four; these shares of the class are hostile or broken.

    Raises ExerciseError: the exercise's author's files, from which answers are taken, are not here.
    """
    source = Answers(exercise)
    rng = np.random.default_rng(seed)
    order = rng.permutation(count)
    hostiles = dict(zip(order, _round(sorted(HOSTILE), math.ceil(hostile * count)), strict=False))
    others = order[len(hostiles) :]
    brokens = dict(zip(others, _round(sorted(BROKEN), math.ceil(broken * count)), strict=False))
    return [_pupil(source, rng, index, hostiles.get(index), brokens.get(index)) for index in range(count)]


def _round(kinds: list[str], count: int) -> list[str]:
    return [kinds[k % len(kinds)] for k in range(count)]


def _pupil(source: Answers, rng: np.random.Generator, index: int, attack: str | None, broken: str | None) -> Pupil:
    name = f"student{index + 1:04d}"
    cells = {question.id: source.choose(rng, question) for question in source.exercise.questions}
    if attack is not None:
        question = source.functions[rng.integers(len(source.functions))]
        cells[question.id] = hostile_answer(question, HOSTILE[attack])
    notebook = source.notebook(cells, who=name)
    if broken is not None:
        notebook = BROKEN[broken](notebook)
    return Pupil(name, notebook, attack or broken or "ordinary")


def hostile_answer(question: Question, body: str) -> str:
    """An answer cell whose function has this body."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"def {question.name}(*args):\n{lines}\n"


class Answers:
    """An exercise's answers as text: the solution's, and those in `right/` and `wrong/`."""

    def __init__(self, exercise: Exercise) -> None:
        folder = Path(exercise.folder)
        if not (folder / GRADER).is_file():
            raise ExerciseError(f"{folder}: a class is made from an author's folder, with right/ and wrong/ in it")
        self.exercise = exercise
        self.functions = [question for question in exercise.questions if isinstance(question, FunctionQuestion)]
        self._cells = code_cells(folder / SOLUTION)
        self.solution = {
            cell["metadata"]["question"]: "".join(cell["source"])
            for cell in self._cells
            if "question" in cell["metadata"]
        }
        self.right = {question.id: [self.solution[question.id]] for question in exercise.questions}
        self.wrong: dict[str, list[str]] = {question.id: [] for question in exercise.questions}
        for kind, kept in (("right", self.right), ("wrong", self.wrong)):
            for path in sorted((folder / kind).glob("*.py")):
                question, source = _planted(exercise, path)
                kept[question.id].append(source)

    def choose(self, rng: np.random.Generator, question: Question) -> str:
        """An answer to a question: wrong with one in four."""
        kept = self.wrong[question.id] if rng.random() < 0.25 and self.wrong[question.id] else self.right[question.id]
        return kept[rng.integers(len(kept))]

    def notebook(self, answers: dict[str, str], *, who: str = "") -> bytes:
        """The student's notebook with these answers, question id -> source; `who` makes its bytes its own."""
        cells = list(self._filled(answers))
        cells.append({"cell_type": "markdown", "id": "who", "metadata": {}, "source": f"Handed in by {who}."})
        own = {"exercise": self.exercise.id, "version": self.exercise.version}
        tree = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"gru_book": own}, "cells": cells}
        return json.dumps(tree, indent=1).encode()

    def _filled(self, answers: dict[str, str]) -> Iterator[dict[str, Any]]:
        for cell in self._cells:
            question = cell["metadata"].get("question")
            source = answers.get(question, cell["source"]) if question else cell["source"]
            yield {**cell, "source": source, "outputs": [], "execution_count": None}


def _planted(exercise: Exercise, path: Path) -> tuple[Question, str]:
    """The question of a file in right/ or wrong/, and its text as an answer cell; it is read, not run."""
    source = path.read_text(encoding="utf-8")
    values = {
        node.targets[0].id: node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    try:
        question = exercise.question(ast.literal_eval(values["QUESTION"]))
    except (KeyError, ValueError) as error:
        raise ExerciseError(f"{path}: expected QUESTION, the id of a question: {error}") from None
    name = f"\n\n{question.name} = ANSWER\n" if isinstance(question, ValueQuestion) else ""
    return question, source + name


def write_class(pupils: list[Pupil], folder: Path) -> None:
    """The class's folder: a folder for each student with a notebook in it."""
    for pupil in pupils:
        own = folder / pupil.name
        own.mkdir(parents=True)
        (own / "student.ipynb").write_bytes(pupil.notebook)


def add_mischief(folder: Path) -> None:
    """Things in a class's folder that are refused by name: links, pipes, a zip that leaves its folder, a bomb."""
    own = folder / "mischief"
    own.mkdir(parents=True)
    with contextlib.suppress(OSError):  # not every file system has them
        (own / "link.ipynb").symlink_to("/etc/passwd")
    if hasattr(os, "mkfifo"):
        os.mkfifo(own / "pipe.ipynb")
    with zipfile.ZipFile(folder / "slip.zip", "w") as archive:
        archive.writestr("../../outside.ipynb", "{}")
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.ipynb", b"0" * (40 << 20))
    (folder / "answer\u202etxt.ipynb").write_bytes(b"{}")
    (folder / "homework.rar").write_bytes(b"Rar!\x1a\x07\x00")
