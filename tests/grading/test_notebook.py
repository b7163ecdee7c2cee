"""Checking a saved notebook: it is data, its cells run elsewhere, and each trouble costs its own question alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gru_book.grading.errors import CheckError
from gru_book.grading.notebook import NotebookReport, check_notebook

Edit = Callable[[dict[str, Any], list[Any]], None]


@pytest.fixture
def edited(book: Path) -> Callable[..., NotebookReport]:
    """Check the solution notebook after an edit of its answer cell 90.1 (or of the list of cells)."""

    def run(edit: Edit) -> NotebookReport:
        content = json.loads((book / "exercises/90_leaky/solution.ipynb").read_text())
        cells = content["cells"]
        edit(next(cell for cell in cells if cell["metadata"].get("question") == "90.1"), cells)
        path = book / "work.ipynb"
        path.write_text(json.dumps(content))
        return check_notebook(path)

    return run


def statuses(report: NotebookReport) -> list[str]:
    return [result.status for result in report.results]


def test_the_solution_has_all_points_and_the_student_notebook_none(book: Path) -> None:
    solution = check_notebook(book / "exercises/90_leaky/solution.ipynb")
    assert solution.passed
    assert solution.to_json()["points"] == solution.to_json()["max_points"] == 6
    student = check_notebook(book / "exercises/90_leaky/student.ipynb")
    assert statuses(student) == ["missing", "missing"]
    assert student.points == 0


def test_the_report_is_the_contracts_object(book: Path) -> None:
    report = check_notebook(book / "exercises/90_leaky/student.ipynb").to_json()
    assert list(report) == ["schema", "exercise", "points", "max_points", "questions"]
    assert (report["schema"], report["exercise"]) == (1, "90_leaky")
    assert list(report["questions"][0]) == ["id", "status", "points", "max_points", "property", "mistakes", "section"]
    json.dumps(report)


def _set(source: str) -> Edit:
    def edit(cell: dict[str, Any], cells: list[Any]) -> None:
        cell["source"] = source

    return edit


STEP = "def leaky_step(alpha, h_prev, x_t):\n    "


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        (STEP + "return alpha * h_prev + (1 - alpha) * x_t", "failed", "alpha and 1 - alpha swapped"),
        (STEP + "return 1 / 0", "error", "ZeroDivisionError"),
        (STEP + "while True: pass", "error", "did not return within 2 s"),
        (STEP + "import os; os._exit(0)", "error", "ended its process"),
        (STEP + "import gru_book.numpy_backend", "error", "gru_book.numpy_backend is not available to an answer"),
        (STEP + "import torch", "error", "torch is not available to an answer"),
        ("def leaky_step(alpha, h_prev, x_t)\n    return 0", "error", "SyntaxError"),
        (
            "x = undefined_name",
            "error",
            "NameError: name 'undefined_name' is not defined in line 1: x = undefined_name",
        ),
        ("def other(): pass", "error", "defines no function named leaky_step"),
        ("leaky_step = 3", "error", "defines no function named leaky_step"),
        ("", "error", "defines no function named leaky_step"),
        ("import sys; sys.exit(0)", "error", "SystemExit"),
        ("import os; os._exit(0)", "error", "the cell ended the process that ran it"),
    ],
)
def test_an_answer_that_goes_wrong(edited: Callable[..., NotebookReport], source: str, status: str, words: str) -> None:
    report = edited(_set(source))
    assert report.results[0].status == status
    assert words in " ".join(report.render_text().split())


def test_a_cell_that_never_ends_costs_its_own_question(
    edited: Callable[..., NotebookReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    monkeypatch.setattr("gru_book.grading.runners.NotebookRunner.cell_limit", 0.5)

    def edit(cell: dict[str, Any], cells: list[Any]) -> None:
        code = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        cells.append(code)
        cell["source"] = "while True: pass"

    report = edited(edit)
    assert report.results[0].status == "error"
    assert "did not end in time" in str(report.results[0])
    assert report.results[1].status == "error", "90.2 calls the function of 90.1, which is not there"
    assert "NameError" in str(report.results[1])


def test_a_set_up_cell_has_more_time_than_the_others(
    edited: Callable[..., NotebookReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It imports libraries; PyTorch takes seconds, and many on a busy machine."""
    monkeypatch.setattr("gru_book.grading.runners.NotebookRunner.cell_limit", 0.5)

    def slow_set_up(cell: dict[str, Any], cells: list[Any]) -> None:
        set_up = next(c for c in cells if "setup" in c["metadata"].get("tags", []))
        set_up["source"] = "import time; time.sleep(1.5)\nfactor = 1"
        cell["source"] = STEP + "return factor * ((1 - alpha) * h_prev + alpha * x_t)"

    assert edited(slow_set_up).results[0].status == "passed"
    monkeypatch.setattr("gru_book.grading.runners.NotebookRunner.setup_limit", 0.5)
    assert edited(slow_set_up).results[0].status == "error", "factor is not there"


def test_a_deleted_answer_is_missing_and_the_other_is_graded(edited: Callable[..., NotebookReport]) -> None:
    def edit(cell: dict[str, Any], cells: list[Any]) -> None:
        own = next(c for c in cells if c["metadata"].get("question") == "90.2")
        cells.remove(own)

    report = edited(edit)
    assert statuses(report) == ["passed", "missing"]
    assert "The answer cell of 90.2 is not in this notebook" in str(report.results[1])


def test_a_doubled_answer_is_named(edited: Callable[..., NotebookReport]) -> None:
    report = edited(lambda cell, cells: cells.append(dict(cell)))
    assert statuses(report) == ["error", "passed"]
    assert "both answer 90.1" in str(report.results[0])


def test_an_answer_whose_metadata_was_lost_is_found_by_its_id(edited: Callable[..., NotebookReport]) -> None:
    assert edited(lambda cell, cells: cell.update(metadata={})).passed


def test_magics_and_shell_lines_do_not_run(edited: Callable[..., NotebookReport], book: Path) -> None:
    def edit(cell: dict[str, Any], cells: list[Any]) -> None:
        cell["source"] = "%matplotlib inline\n!touch made.txt\n" + "".join(cell["source"])
        code = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
        cells.append({**code, "source": "%%bash\ntouch made.txt"})

    assert edited(edit).passed
    assert not list(book.rglob("made.txt"))


def test_a_later_definition_of_the_same_name_does_not_replace_the_answer(edited: Callable[..., NotebookReport]) -> None:
    def edit(cell: dict[str, Any], cells: list[Any]) -> None:
        code = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
        cells.append({**code, "source": "def leaky_step(*args): return None"})

    assert edited(edit).results[0].passed


def test_an_earlier_definition_does_not_stand_in_for_the_answer(edited: Callable[..., NotebookReport]) -> None:
    def edit(cell: dict[str, Any], cells: list[Any]) -> None:
        code = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
        cells.insert(0, {**code, "source": "".join(cell["source"])})
        cell["source"] = "pass"

    assert edited(edit).results[0].status == "error"


def test_the_worker_holds_no_expected_value(edited: Callable[..., NotebookReport]) -> None:
    """Nothing of the package, the grader or the solution is loaded where the answer runs."""
    spy = (
        "def leaky_step(alpha, h_prev, x_t):\n"
        "    import sys\n"
        "    names = [n for n in sys.modules if 'gru' in n and n not in ('gru_book', 'gru_book.grading')]\n"
        "    raise RuntimeError(' '.join(sorted(names)) or 'nothing')"
    )
    error = edited(_set(spy)).results[0].error
    assert error is not None
    assert error.message == "nothing"


def test_a_forged_report_costs_the_forgers_points_alone(edited: Callable[..., NotebookReport]) -> None:
    forge = (
        "def leaky_step(alpha, h_prev, x_t):\n"
        "    import os\n"
        "    for fd in range(3, 64):\n"
        "        try: os.write(fd, b'GRB1' + bytes(200))\n"
        "        except OSError: pass\n"
        "    return 0 * x_t"
    )
    assert edited(_set(forge)).results[0].points == 0


def code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}


def test_a_cell_that_became_markdown_is_named(edited: Callable[..., NotebookReport]) -> None:
    report = edited(lambda cell, cells: cell.update(cell_type="markdown"))
    assert report.results[0].status == "missing"
    assert "which answers 90.1, is a markdown cell now. Make it a code cell again" in str(report.results[0])


def test_cells_in_another_order_are_the_same_answers(edited: Callable[..., NotebookReport]) -> None:
    def edit(cell: dict[str, Any], cells: list[Any]) -> None:
        cells.remove(cell)
        cells.append(cell)

    assert edited(edit).passed


def test_a_renamed_cell_is_found_by_what_it_defines(edited: Callable[..., NotebookReport]) -> None:
    assert edited(lambda cell, cells: cell.update(metadata={}, id="mine")).passed


def test_two_renamed_cells_are_not_guessed(edited: Callable[..., NotebookReport]) -> None:
    def edit(cell: dict[str, Any], cells: list[Any]) -> None:
        cell.update(metadata={}, id="mine")
        cells.append({**cell, "id": "mine-too"})

    assert statuses(edited(edit))[0] == "missing"


def test_a_conflict_marker_in_an_answer_is_named(edited: Callable[..., NotebookReport]) -> None:
    source = STEP + "pass\n<<<<<<< HEAD\n    return 1\n=======\n    return 2\n>>>>>>> other"
    report = edited(_set(source))
    assert "has a conflict marker of git (<<<<<<<) in line 3" in str(report.results[0])
    assert report.results[0].status == "error"


def test_windows_line_ends(edited: Callable[..., NotebookReport], book: Path) -> None:
    report = edited(lambda cell, cells: cell.update(source="".join(cell["source"]).replace("\n", "\r\n")))
    assert report.passed
    path = book / "work.ipynb"
    path.write_bytes(json.dumps(json.loads(path.read_text()), indent=1).replace("\n", "\r\n").encode())
    assert check_notebook(path).passed


def test_an_answer_that_needs_another_says_which(edited: Callable[..., NotebookReport]) -> None:
    report = edited(_set("pass"))
    assert "That is the answer to 90.1, whose cell did not define it" in " ".join(str(report.results[1]).split())


@pytest.mark.parametrize("shadow", ["np = 3", "import math as np", "np = None"])
def test_a_shadowed_name_costs_its_own_question(edited: Callable[..., NotebookReport], shadow: str) -> None:
    def edit(cell: dict[str, Any], cells: list[Any]) -> None:
        cell["source"] = f"{shadow}\n" + STEP + "return np.add((1 - alpha) * h_prev, alpha * x_t)"
        sequence = next(c for c in cells if c["metadata"].get("question") == "90.2")
        sequence["source"] = "".join(sequence["source"]).replace(
            "leaky_step(alpha, h, x_t)", "(1 - alpha) * h + alpha * x_t"
        )

    report = edited(edit)
    assert statuses(report) == ["error", "passed"]
    assert "gives the name np a new meaning" in str(report.results[0])


def test_a_shadowing_cell_of_ones_own_costs_nothing(edited: Callable[..., NotebookReport]) -> None:
    assert edited(lambda cell, cells: cells.insert(1, code("np = 3; check = None"))).passed


def test_a_better_set_up_function_of_ones_own_is_used(edited: Callable[..., NotebookReport]) -> None:
    source = (
        "import math\n\n\nclass np:\n    sqrt = math.sqrt\n\n\n" + STEP + "return (1 - alpha) * h_prev + alpha * x_t"
    )
    assert edited(_set(source)).results[0].passed


def test_a_notebook_of_an_older_version_says_so(book: Path) -> None:
    content = json.loads((book / "exercises/90_leaky/solution.ipynb").read_text())
    content["metadata"]["gru_book"]["version"] = 0
    (book / "work.ipynb").write_text(json.dumps(content))
    report = check_notebook(book / "work.ipynb")
    assert report.passed
    assert "from an older version of the exercise (0; here it is 1)" in report.render_text()


def test_a_notebook_in_conflict_is_named(book: Path) -> None:
    text = (book / "exercises/90_leaky/solution.ipynb").read_text()
    (book / "work.ipynb").write_text("<<<<<<< HEAD\n" + text + "=======\n" + text + ">>>>>>> other\n")
    with pytest.raises(CheckError, match="git's conflict markers"):
        check_notebook(book / "work.ipynb")


def test_a_notebook_of_no_exercise(book: Path) -> None:
    path = book / "other.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}))
    with pytest.raises(CheckError, match="expected a notebook of one of the exercises 90_leaky") as caught:
        check_notebook(path)
    assert caught.value.code == "not_an_exercise"


def test_no_exercises_to_check_against(book: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckError) as caught:
        check_notebook(book / "exercises/90_leaky/student.ipynb", exercises=tmp_path / "nowhere")
    assert caught.value.code == "no_exercises"


def test_control_and_bidirectional_characters_of_a_student_are_written_out(
    edited: Callable[..., NotebookReport],
) -> None:
    report = edited(_set(STEP + "raise ValueError('\\x1b[31m red \\u202e')"))
    assert "\x1b" not in report.render_text()
    assert "\\u001b[31m red \\u202e" in report.render_text()
