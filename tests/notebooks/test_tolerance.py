"""A cell may ask for a tolerance, with a reason, up to a limit."""

from __future__ import annotations

import pytest

from gru_book.notebooks import parse
from gru_book.notebooks.tolerance import DEFAULT_RTOL, Tolerance, ToleranceError, tolerance_of


def cell(tags, reason="training differs between processors", source="x"):
    nb = parse(f"```{{code-cell}}\n{source}\n```\n")
    nb.cells[0].metadata["tags"] = list(tags)
    if reason:
        nb.cells[0].metadata["tolerance_reason"] = reason
    return nb.cells[0]


def test_default_and_tagged():
    assert tolerance_of(cell([], reason="")) == Tolerance(DEFAULT_RTOL)
    assert tolerance_of(cell(["hide-input", "rtol-1e-3"])).rtol == 1e-3
    assert tolerance_of(cell(["rtol-0.1"])).rtol == 0.1
    assert tolerance_of(cell(["timings"])).timings


@pytest.mark.parametrize(
    ("tags", "reason", "message"),
    [
        (["rtol-0.2"], "why", "at most 0.1"),
        (["rtol-0"], "why", "more than 0"),
        (["rtol-nan"], "why", "more than 0"),
        (["rtol-much"], "why", "expected a number"),
        (["rtol-1e-3"], "", "needs its reason"),
        (["timings"], " ", "needs its reason"),
        (["rtol-1e-3", "rtol-1e-2"], "why", "expected one rtol tag"),
        (["nbval-ignore-output"], "why", "switch the comparison off"),
        (["raises-exception"], "why", "switch the comparison off"),
    ],
)
def test_refused(tags, reason, message):
    with pytest.raises(ToleranceError, match=message):
        tolerance_of(cell(tags, reason))


def test_nbval_comments_are_refused():
    with pytest.raises(ToleranceError, match="NBVAL_IGNORE_OUTPUT"):
        tolerance_of(cell([], source="# NBVAL_IGNORE_OUTPUT\nx"))
