"""What must be true of an exercise's folder and text, beside what proof.py tries with answers."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gru_book.grading.authoring import read_source, solution_notebook, student_notebook
from gru_book.grading.headings import headings, part_of
from gru_book.grading.proof import Proof, Tried, try_answer
from gru_book.grading.reference import read_reference
from gru_book.grading.spec import Exercise, ModelQuestion, Question

FILES = {"exercise.md", "grader.py", "student.ipynb", "solution.ipynb"}
IGNORED = {"__pycache__", ".ipynb_checkpoints"}
BUDGET = 1.0
"""Seconds in which a right answer is to be judged, so that feedback comes at once."""
TRIES = 3
"""Times that an answer is judged before it is said to take too long."""


def folder_proofs(exercise: Exercise) -> list[Proof]:
    """Each check as a line of the table. Raises GRUBookError if exercise.md or solution.ipynb cannot be read."""
    source = read_source(Path(exercise.folder))
    text = (Path(exercise.folder) / "exercise.md").read_text(encoding="utf-8")
    return [
        *_each(exercise, "equation", lambda question: equation_problem(question, text)),
        *_each(exercise, "check cell", lambda question: check_problem(question, source)),
        *_each(exercise, "section", lambda question: section_problem(exercise, question)),
        *_each(exercise, "time", lambda question: time_problem(exercise, question)),
        _proof("", "points", points_problem(exercise, text)),
        _proof("", "stray files", stray_problem(exercise)),
        _proof("", "notebooks", stale_problem(exercise)),
    ]


def _each(exercise: Exercise, name: str, problem: Callable[[Question], str]) -> Iterator[Proof]:
    return (_proof(question.id, name, problem(question)) for question in exercise.questions)


def _proof(question: str, name: str, problem: str) -> Proof:
    return Proof(question, "folder", name, int(not problem), 1, not problem, problem)


def _bare(text: str) -> str:
    return re.sub(r"\s|&", "", text)


def equation_problem(question: Question, text: str) -> str:
    """The text must state the question's equation, line by line, under the question's own heading."""
    part = part_of(text, question.id)
    if part is None:
        return f"exercise.md has no heading {question.id}"
    plain = _bare(part)
    missing = [line for line in question.equation.split(r"\\") if _bare(line) not in plain]
    return f"exercise.md does not state {missing[0].strip()} under {question.id}" if missing else ""


def check_problem(question: Question, source: Any) -> str:
    """A cell must check the answer."""
    expected = f'check("{question.id}", {question.name})'
    cells = [cell.source for cell in source.cells if cell.cell_type == "code"]
    return "" if any(expected in cell for cell in cells) else f"exercise.md has no cell with {expected}"


def anchors(chapter: Path) -> set[str]:
    """The anchors of a chapter's headings."""
    return {heading.anchor for heading in headings(chapter.read_text(encoding="utf-8"))}


def section_problem(exercise: Exercise, question: Question) -> str:
    """Every section to read again must be a heading of its chapter."""
    chapters = Path(exercise.folder).parent.parent / "chapters"
    for section in [question.section, *(m.section for m in question.mistakes if m.section)]:
        chapter, _, anchor = section.partition("#")
        path = chapters / f"{chapter}.md"
        if not path.is_file():
            return f"there is no chapter {chapter}"
        if anchor not in anchors(path):
            return f"{path.name} has no heading {anchor!r}"
    return ""


def time_problem(exercise: Exercise, question: Question) -> str:
    """The reference must be judged in time, at one of a few tries: the machine may do other work beside."""
    answer = read_reference(exercise).answer(question)
    try_answer(exercise, question, answer, TRIES, diagnosed=False)  # loads what is loaded once
    budget = question.time_limit / 2 if isinstance(question, ModelQuestion) else BUDGET
    for seed in range(TRIES):  # another each time, since what was worked out for one is kept
        start = time.perf_counter()
        tried: Tried = try_answer(exercise, question, answer, seed, diagnosed=False)
        seconds = time.perf_counter() - start
        if seconds <= budget:
            break
    return "" if seconds <= budget else f"{seconds:.1f} s for {tried.points:g} points, more than {budget:g} s"


def points_problem(exercise: Exercise, text: str) -> str:
    """The table in the text must have a row for each question, with its points, and no other row; so the sums agree."""
    rows = re.findall(r"^\|\s*([0-9]{2}\.[0-9]+)\s*\|.*\|\s*([0-9]+(?:\.[0-9]+)?)\s*\|\s*$", text, re.MULTILINE)
    said = {number: float(points) for number, points in rows}
    twice = [number for number, count in Counter(number for number, _ in rows).items() if count > 1]
    if twice:
        return f"the table has {twice[0]} twice"
    more = sorted(set(said) - {question.id for question in exercise.questions})
    if more:
        return f"the table has {more[0]}, which is no question"
    for question in exercise.questions:
        worth = question.points + question.manual_points
        if said.get(question.id) != worth:
            return f"{question.id} is worth {worth:g}; the table says {said.get(question.id, 'nothing of it')}"
    return ""


def stray_problem(exercise: Exercise) -> str:
    """Nothing else may lie in the folder."""
    folder = Path(exercise.folder)
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_dir() or IGNORED & set(parts) or ".before-reset-" in path.name:
            continue
        planted = len(parts) == 2 and parts[0] in ("right", "wrong") and path.suffix == ".py"
        if not planted and "/".join(parts) not in FILES:
            return f"{'/'.join(parts)} does not belong here"
    return ""


def stale_problem(exercise: Exercise) -> str:
    """Both notebooks must be there and say what the text says."""
    from gru_book.notebooks import notebook_differences, read_notebook

    folder = Path(exercise.folder)
    source = read_source(folder)
    again = f"gru-book author build {exercise.id}"
    for name, made in (("student.ipynb", student_notebook(source)), ("solution.ipynb", solution_notebook(source))):
        if not (folder / name).is_file() or notebook_differences(made, read_notebook(folder / name)):
            return f"{name} is older than exercise.md: {again}"
    cells = [cell for cell in read_notebook(folder / "solution.ipynb").cells if cell.cell_type == "code"]
    if any(cell.source.strip() and cell.execution_count is None for cell in cells):
        return f"solution.ipynb was not executed: {again}"
    return ""
