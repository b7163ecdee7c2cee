"""student.ipynb and solution.ipynb are what exercise.md says."""

from __future__ import annotations

from pathlib import Path

import pytest

from gru_book.grading.authoring import read_source, solution_notebook, student_notebook
from gru_book.notebooks import notebook_differences, read_notebook

EXERCISES = Path(__file__).parents[2] / "exercises"
FOLDERS = sorted(path.parent for path in EXERCISES.glob("*/exercise.md"))

folders = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)


def test_every_folder_has_its_text_and_both_notebooks():
    assert FOLDERS
    assert sorted(path for path in EXERCISES.iterdir() if path.is_dir() and path.name[:2].isdigit()) == FOLDERS


@folders
@pytest.mark.parametrize(("name", "make"), [("student.ipynb", student_notebook), ("solution.ipynb", solution_notebook)])
def test_a_notebook_agrees_with_the_text(folder, name, make):
    stored = read_notebook(folder / name)
    assert notebook_differences(make(read_source(folder)), stored) == [], f"gru-book author build {folder.name}"


@folders
def test_the_student_sees_no_output_and_no_solution(folder):
    cells = [cell for cell in read_notebook(folder / "student.ipynb").cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    answers = [cell for cell in cells if "question" in cell.metadata]
    assert answers
    for cell in answers:
        stub = f"{cell.metadata.value} = None  #" if "value" in cell.metadata else "raise NotImplementedError("
        assert stub in cell.source
