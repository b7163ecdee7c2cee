"""What each stored notebook must hold, before it is run again (book.notebooks lists those that are)."""

from __future__ import annotations

from pathlib import Path

import pytest

from gru_book.notebooks import read_notebook
from gru_book.notebooks.guard import file_problems
from gru_book.notebooks.tolerance import LARGEST_RTOL, tolerance_of

BOOK = Path(__file__).parents[2]
NOTEBOOKS = sorted([*BOOK.glob("chapters/*.ipynb"), *BOOK.glob("exercises/*/solution.ipynb")])


def label(path: Path) -> str:
    return path.relative_to(BOOK).with_suffix("").as_posix()


def test_there_are_chapters_and_solutions():
    assert {path.parent.name for path in NOTEBOOKS} > {"chapters"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=label)
def test_outputs_are_stored_and_everybody_can_read_them(path):
    assert file_problems(path) == []


def test_every_tolerance_has_its_reason(record_property):
    """Lists each cell that asks for more than the default tolerance: run with -rP or -s to read the table."""
    table = []
    for path in NOTEBOOKS:
        for cell in read_notebook(path).cells:
            tolerance = tolerance_of(cell)  # raises for a tag without a reason, or above the limit
            if not tolerance.is_default:
                assert 0 < tolerance.rtol <= LARGEST_RTOL
                what = "times" if tolerance.timings else f"{tolerance.rtol:g}"
                table.append(f"{label(path):40} {cell.id:42} {what:8} {tolerance.reason}")
    print("\n".join(table) or "no cell asks for more than the default tolerance")
    record_property("tolerances", len(table))
