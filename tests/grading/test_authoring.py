"""One source, two notebooks; and broken sources are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gru_book.errors import GRUBookError
from gru_book.grading.authoring import build, read_source, solution_notebook, student_notebook
from gru_book.grading.errors import ExerciseError


def cells(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]


def test_the_stub_raises_the_task(book: Path) -> None:
    answer = next(c for c in cells(book / "exercises/90_leaky/student.ipynb") if c["id"] == "answer-90-1")
    source = "".join(answer["source"])
    assert source.endswith('    raise NotImplementedError("90.1: return the new state h_t, shape (B,)")')
    assert "SOLUTION" not in source
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    with pytest.raises(NotImplementedError, match="return the new state"):
        namespace["leaky_step"](0.5, None, None)


def test_the_solution_is_executed_and_keeps_no_marker(book: Path) -> None:
    solution = cells(book / "exercises/90_leaky/solution.ipynb")
    assert not any("SOLUTION" in "".join(cell["source"]) for cell in solution)
    checks = [cell for cell in solution if "check(" in "".join(cell["source"])]
    assert len(checks) == 2
    for cell in checks:
        assert "Passed" in json.dumps(cell["outputs"])


def test_no_solution_in_the_student_notebook(book: Path) -> None:
    folder = book / "exercises/90_leaky"
    student = (folder / "student.ipynb").read_text()
    assert "(1 - alpha) * h_prev" not in student
    assert all(not cell["outputs"] for cell in cells(folder / "student.ipynb"))


def test_building_again_changes_nothing(book: Path) -> None:
    assert build(book / "exercises/90_leaky") == []


def test_the_notebooks_pair_with_nothing(book: Path) -> None:
    for name in ("student", "solution"):
        metadata = json.loads((book / f"exercises/90_leaky/{name}.ipynb").read_text())["metadata"]
        assert "jupytext" not in metadata
        assert metadata["gru_book"] == {"exercise": "90_leaky", "version": 1}


def replaced(book: Path, old: str, new: str) -> Path:
    folder = book / "exercises/90_leaky"
    text = (folder / "exercise.md").read_text()
    assert text.count(old) >= 1
    (folder / "exercise.md").write_text(text.replace(old, new, 1))
    return folder


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('question: "90.2"', 'question: "90.7"', "expected one cell with `question: '90.2'`, found 0"),
        ('question: "90.2"', 'question: "90.1"', "found 2"),
        ("    # END SOLUTION\n", "", "no `# BEGIN SOLUTION"),
        ("    # BEGIN SOLUTION: return the new state h_t, shape (B,)\n", "", "no `# BEGIN SOLUTION"),
        (
            "    return h_t\n",
            "    return h_t\n    # BEGIN SOLUTION: again\n",
            "BEGIN or END SOLUTION without its partner",
        ),
    ],
)
def test_a_broken_source_is_named(book: Path, old: str, new: str, words: str) -> None:
    folder = replaced(book, old, new)
    before = (folder / "solution.ipynb").read_bytes()
    with pytest.raises(ExerciseError) as caught:
        build(folder)
    assert words in str(caught.value)
    assert "exercise.md" in str(caught.value)
    assert (folder / "solution.ipynb").read_bytes() == before


def test_a_solution_that_fails_leaves_the_old_notebooks(book: Path) -> None:
    folder = replaced(book, "    h_t = (1 - alpha) * h_prev + alpha * x_t\n", "    h_t = 0\n")
    text = (folder / "exercise.md").read_text()
    (folder / "exercise.md").write_text(text.replace('check("90.1", leaky_step)', "1 / 0"))
    before = (folder / "solution.ipynb").read_bytes()
    with pytest.raises(GRUBookError, match="ZeroDivisionError"):
        build(folder)
    assert (folder / "solution.ipynb").read_bytes() == before


def test_both_forms_come_from_one_source(book: Path) -> None:
    source = read_source(book / "exercises/90_leaky")
    student, solution = student_notebook(source), solution_notebook(source)
    assert [cell.id for cell in student.cells] == [cell.id for cell in solution.cells]
    differing = [a.id for a, b in zip(student.cells, solution.cells, strict=True) if a.source != b.source]
    assert differing == ["answer-90-1", "answer-90-2"]
