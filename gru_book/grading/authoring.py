"""From an exercise's one source, `exercise.md`, to the student's notebook and the executed solution notebook.

student.ipynb    each region from `# BEGIN SOLUTION: task` to `# END SOLUTION` is a stub that raises the task
solution.ipynb   executed, so that people can read it and a test can compare it
"""

from __future__ import annotations

import copy
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click

from gru_book.grading.errors import ExerciseError
from gru_book.grading.exercises import exercises_folder, find_exercises, load_exercise
from gru_book.grading.spec import Exercise, ValueQuestion

SOLUTION = re.compile(
    r"^(?P<indent>[ \t]*)# BEGIN SOLUTION:[ \t]*(?P<task>[^\n]+)\n(?P<body>.*?)^[ \t]*# END SOLUTION[ \t]*$\n?",
    re.DOTALL | re.MULTILINE,
)


def build(folder: Path, *, progress: bool = False) -> list[Path]:
    """Write both notebooks of an exercise; returns those that changed.

    Raises ExerciseError if a question has no answer cell, or its cell no solution; NotebookError if a cell of
    the solution fails. The notebooks that were there then stay as they were.
    """
    from gru_book.notebooks import execute, read_notebook, write

    source = read_source(folder)
    student, solution = student_notebook(source), solution_notebook(source)
    _check_cells(load_exercise(folder), source, folder)
    targets = {folder / "student.ipynb": student}
    solution_path = folder / "solution.ipynb"
    current = read_notebook(solution_path) if solution_path.is_file() else None
    if current is None or not _same_source(current, solution):
        # The solution's own `check` reads the reference answers from this file.
        write(solution, solution_path)
    try:
        with _progress_off():
            targets[solution_path] = execute(solution, folder, name=str(solution_path), progress=progress)
    except Exception:
        if current is not None:
            write(current, solution_path)
        raise
    for notebook in targets.values():
        notebook.metadata.pop("jupytext", None)  # these two are generated; JupyterLab must pair them with nothing
    return [path for path, notebook in targets.items() if write(notebook, path)]


def _same_source(a: Any, b: Any) -> bool:
    return [(c.cell_type, c.source) for c in a.cells] == [(c.cell_type, c.source) for c in b.cells]


@contextmanager
def _progress_off() -> Iterator[None]:
    """An author's build is no student's attempt; the kernel inherits the setting."""
    before = os.environ.get("GRU_BOOK_PROGRESS")
    os.environ["GRU_BOOK_PROGRESS"] = "off"
    try:
        yield
    finally:
        if before is None:
            del os.environ["GRU_BOOK_PROGRESS"]
        else:
            os.environ["GRU_BOOK_PROGRESS"] = before


def read_source(folder: Path) -> Any:
    """The notebook of `exercise.md`, its answer cells with ids by which a saved notebook is recognised."""
    from gru_book.notebooks import read_text

    path = folder / "exercise.md"
    if not path.is_file():
        raise ExerciseError(f"{path}: no such file")
    notebook = read_text(path)
    exercise = load_exercise(folder)
    values = {question.id: question.name for question in exercise.questions if isinstance(question, ValueQuestion)}
    for cell in notebook.cells:
        if cell.cell_type == "code" and "question" in cell.metadata:
            cell.metadata["question"] = str(cell.metadata["question"])
            if cell.metadata["question"] in values:
                cell.metadata["value"] = values[cell.metadata["question"]]
            cell.id = "answer-" + cell.metadata["question"].replace(".", "-")
    notebook.metadata["gru_book"] = {"exercise": folder.name, "version": exercise.version}
    return notebook


def student_notebook(source: Any) -> Any:
    """The source with a stub in place of every solution, and no outputs."""
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            stub = partial(_stub, question=cell.metadata.get("question", ""), cell=cell)
            cell.source = SOLUTION.sub(stub, cell.source).rstrip("\n")
    return notebook


def _stub(match: re.Match[str], question: str, cell: Any) -> str:
    """What a student finds in place of a solution: an error that says the task; for a value, None and the task."""
    if cell.metadata.get("value"):
        return f"{match['indent']}{cell.metadata['value']} = None  # {question}: {match['task'].strip()}\n"
    text = json.dumps(f"{question}: {match['task'].strip()}", ensure_ascii=False)
    return f"{match['indent']}raise NotImplementedError({text})\n"


def solution_notebook(source: Any) -> Any:
    """The source with the solutions in place and their markers gone, not yet executed."""
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = SOLUTION.sub(lambda match: match["body"], cell.source).rstrip("\n")
    return notebook


def _check_cells(exercise: Exercise, source: Any, folder: Path) -> None:
    """Every question has exactly one answer cell with a solution in it, and no marker is left open."""
    path = folder / "exercise.md"
    for question in exercise.questions:
        cells = [c for c in source.cells if c.cell_type == "code" and c.metadata.get("question") == question.id]
        if len(cells) != 1:
            raise ExerciseError(f"{path}: expected one cell with `question: {question.id!r}`, found {len(cells)}")
        if not SOLUTION.search(cells[0].source):
            raise ExerciseError(
                f"{path}: the answer cell {question.id} has no `# BEGIN SOLUTION: task` ... `# END SOLUTION`"
            )
    for cell in [*student_notebook(source).cells, *solution_notebook(source).cells]:
        if cell.cell_type == "code" and re.search(r"# (BEGIN|END) SOLUTION", cell.source):
            raise ExerciseError(f"{path}: a BEGIN or END SOLUTION without its partner: {cell.source[:60]!r}")


@click.group()
def author() -> None:
    """Build and prove exercises, for those who write them."""


@author.command("new")
@click.argument("name")
@click.option("--title", help="The exercise's title. Otherwise made from the name.")
@click.option("--exercises", type=click.Path(path_type=Path), help="The folder of the exercises.")
def new_command(name: str, title: str | None, exercises: Path | None) -> None:
    """Make the folder of a new exercise NAME, with one small question that shows every part.

    \b
    Examples:
      gru-book author new 11_training
      gru-book author new 11_training --title "Training a GRU"

    Exit codes: 0 made; 2 could not (a bad name, the folder or its number is there already).
    """
    from gru_book.grading.scaffold import scaffold

    folder = scaffold(name, title or name[3:].replace("_", " ").capitalize(), exercises_folder(exercises))
    click.echo(f"{folder}: change grader.py and exercise.md, then: gru-book author build {name}")


@author.command("build")
@click.argument("names", nargs=-1)
@click.option("--exercises", type=click.Path(path_type=Path), help="The folder of the exercises.")
def build_command(names: tuple[str, ...], exercises: Path | None) -> None:
    """Write student.ipynb and the executed solution.ipynb from exercise.md; all exercises, or those NAMED.

    \b
    Examples:
      gru-book author build
      gru-book author build 05_gru_forward

    Exit codes: 0 written; 2 could not (a cell of the solution fails, a marker is open).
    """
    for exercise in _chosen(names, exercises):
        changed = build(Path(exercise.folder), progress=sys.stderr.isatty())
        click.echo(f"{exercise.id}: " + (", ".join(path.name for path in changed) or "up to date"))


@author.command("check")
@click.argument("names", nargs=-1)
@click.option("--exercises", type=click.Path(path_type=Path), help="The folder of the exercises.")
@click.option("--seeds", default=30, show_default=True, help="Seeds on which each planted mistake must be named.")
@click.option("--right-seeds", default=1000, show_default=True, help="Seeds on which each right answer must pass.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def check_command(names: tuple[str, ...], exercises: Path | None, seeds: int, right_seeds: int, as_json: bool) -> int:
    """Prove that each check can fail: the stub fails, right answers pass, planted mistakes are named.

    The folder is looked at too: the text states each equation, its points add up, answers are judged in time, no
    file is stray or stale, and every section to read again is there.

    \b
    Examples:
      gru-book author check
      gru-book author check 05_gru_forward --seeds 5 --right-seeds 20

    Exit codes: 0 proven; 1 not; 2 could not run.
    """
    from gru_book.grading.folder_checks import folder_proofs
    from gru_book.grading.proof import prove, render

    proofs = []
    for exercise in _chosen(names, exercises):
        proofs += folder_proofs(exercise)
        proofs += prove(exercise, seeds, right_seeds)
    click.echo(json.dumps({"schema": 1, "proofs": [asdict(p) for p in proofs]}) if as_json else render(proofs))
    return 0 if all(proof.holds for proof in proofs) else 1


def _chosen(names: tuple[str, ...], exercises: Path | None) -> list[Exercise]:
    if not names:
        return find_exercises(exercises)
    return [load_exercise(exercises_folder(exercises) / name) for name in names]


if __name__ == "__main__":
    author(prog_name="gru-book author")
