"""The reference answers as source text, and the mistaken answers that planting a mistake makes of them.

The text comes from the exercise's `solution.ipynb`, which is generated from `exercise.md`, or from its sealed file:
cells tagged `setup`, and one cell per question whose metadata names it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gru_book.grading.errors import ExerciseError
from gru_book.grading.sources import SEALED, SOLUTION, main_file, unseal
from gru_book.grading.spec import Exercise, Mistake, Question

Function = Callable[..., Any]


@dataclass(frozen=True)
class Model:
    """The reference with one mistake in it, or two.

    Attributes:
        mistakes: what was planted.
        function: the mistaken answer.
    """

    mistakes: tuple[Mistake, ...]
    function: Function


@dataclass(frozen=True)
class Reference:
    """The sources of an exercise's answers, by question id, in the order of the text, after its set-up cells."""

    file: str
    setup: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]

    def answer(self, question: Question) -> Any:
        """The reference answer to a question, a function or a value."""
        return _build(self, question.id, question.name, ())

    def function(self, question: Question, patches: tuple[tuple[str, str, str], ...] = ()) -> Function:
        """The reference answer to a question; each patch (question id, old, new) changes one source on the way.

        Raises ExerciseError if `old` does not occur exactly once or the changed source is no Python.
        """
        function: Function = _build(self, question.id, question.name, patches)
        if not callable(function):
            raise ExerciseError(f"{self.file}: the answer {question.id} defines no function {question.name}")
        return function


@lru_cache(maxsize=8192)
def _build(reference: Reference, question_id: str, name: str, patches: tuple[tuple[str, str, str], ...]) -> Any:
    sources = dict(reference.answers)
    for patched, old, new in patches:
        if sources[patched].count(old) != 1:
            found = sources[patched].count(old)
            raise ExerciseError(f"{reference.file}: {old!r} occurs {found} times, not once, in answer {patched}")
        sources[patched] = sources[patched].replace(old, new)
    namespace: dict[str, Any] = {"__name__": "reference"}
    for source in (*reference.setup, *sources.values()):
        try:
            exec(_compiled(source), namespace)
        except SyntaxError as error:
            raise ExerciseError(f"{reference.file}: a patch leaves no valid Python: {error}") from None
    if name not in namespace:
        raise ExerciseError(f"{reference.file}: the answer {question_id} defines no {name}")
    return namespace[name]


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Any:
    return compile(source, "<reference>", "exec")


@lru_cache(maxsize=64)
def _read(path: str, mtime: int) -> Reference:
    code = unseal(Path(path)).solution if path.endswith(SEALED) else code_cells(Path(path))
    setup = tuple(_source(cell) for cell in code if "setup" in cell["metadata"].get("tags", []))
    answers = tuple((cell["metadata"]["question"], _source(cell)) for cell in code if "question" in cell["metadata"])
    return Reference(path, setup, answers)


def code_cells(path: Path) -> list[dict[str, Any]]:
    """The code cells of a notebook, with the answers if it is the solution."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def _source(cell: dict[str, Any]) -> str:
    return "".join(line for line in "".join(cell["source"]).splitlines(keepends=True) if "gru_book.grading" not in line)


def read_reference(exercise: Exercise) -> Reference:
    """The reference of an exercise. Raises ExerciseError if its solution notebook is not there."""
    folder = Path(exercise.folder)
    path = folder / SEALED if main_file(folder).name == SEALED else folder / SOLUTION
    if not path.is_file():
        raise ExerciseError(f"{path}: no such file; `gru-book author build {exercise.id}` writes it")
    return _read(str(path), path.stat().st_mtime_ns)


def single_models(exercise: Exercise, question: Question) -> list[Model]:
    """One model per mistake of the question and of the earlier questions that it uses."""
    plantable = _plantable(exercise, question)
    if not plantable:
        return []
    reference = read_reference(exercise)
    return [Model((mistake,), _function(reference, question, ((source, mistake),))) for source, mistake in plantable]


def pair_models(exercise: Exercise, question: Question) -> Iterator[Model]:
    """Two mistakes at once, for every two whose patches do not touch."""
    patched = [(source, mistake) for source, mistake in _plantable(exercise, question) if mistake.patch]
    if len(patched) < 2:
        return
    reference = read_reference(exercise)
    for pair in itertools.combinations(patched, 2):
        try:
            yield Model((pair[0][1], pair[1][1]), _function(reference, question, pair))
        except ExerciseError:  # the two patches touch: they cannot both be made
            continue


def _plantable(exercise: Exercise, question: Question) -> list[tuple[str, Mistake]]:
    own = [(question.id, mistake) for mistake in question.mistakes if mistake.value is None]
    used = [(other, mistake) for other in question.uses for mistake in exercise.question(other).mistakes]
    return own + [(other, mistake) for other, mistake in used if mistake.patch]


def _function(reference: Reference, question: Question, planted: tuple[tuple[str, Mistake], ...]) -> Function:
    if len(planted) == 1 and planted[0][1].function is not None:
        return planted[0][1].function
    patches = tuple((source, old, new) for source, mistake in planted for old, new in mistake.patch)
    return reference.function(question, patches)
