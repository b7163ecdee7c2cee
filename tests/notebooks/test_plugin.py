"""The proof that the suite's comparison of notebooks can fail, and fails for the right cells."""

from __future__ import annotations

import pytest

from gru_book.notebooks import execute, parse, read_notebook, write

pytestmark = pytest.mark.notebook

CELLS = {
    "same": ("print('loss', 0.123456789)", None),
    "tampered": ("print('loss', 0.123456789)", "loss 0.123466789\n"),
    "last digits": ("print('loss', 0.123456789)", "loss 0.1234567890001\n"),
    "words": ("print('passed')", "failed\n"),
    "nothing stored": ("print('loss', 0.1)", ""),
    "tolerance": ("print(1.0)", "1.0005\n"),
    "tolerance too large": ("print(1.0)", "1.0\n"),
    "no reason": ("print(1.0)", "1.0\n"),
    "raises": ("1 / 0", "0.0\n"),
    "not run": ("print(3)", "3\n"),
}
"""A cell's source, and what the stored notebook claims that it showed (None: what it does show)."""

FAIL = {"tampered", "words", "nothing stored", "tolerance too large", "no reason", "raises", "not run"}


@pytest.fixture
def tampered(tmp_path, executed):
    """A notebook of one cell a case, of which some tell untruths."""
    nb = executed(*((source, text if text else None) for source, text in CELLS.values()))
    cells = dict(zip(CELLS, nb.cells, strict=True))
    cells["same"].outputs = execute(parse(f"```{{code-cell}}\n{CELLS['same'][0]}\n```"), tmp_path).cells[0].outputs
    for name, tag in {"tolerance": "rtol-1e-3", "tolerance too large": "rtol-0.5", "no reason": "rtol-1e-3"}.items():
        cells[name].metadata["tags"] = [tag]
        cells[name].metadata["tolerance_reason"] = "" if name == "no reason" else "a test"
    cells["not run"].execution_count = None
    cells["not run"].outputs = []
    path = tmp_path / "tampered.ipynb"
    write(nb, path)
    return path


PLUGIN = ("-p", "gru_book.notebooks.pytest_plugin")


def run(pytester, *args):
    """The outcome of a run of pytest: no colour, no cache."""
    return pytester.runpytest_inprocess("--color=no", "-p", "no:cacheprovider", *args)


def test_untrue_cells_fail_and_true_ones_pass(pytester, tampered):
    result = run(pytester, *PLUGIN, "-rA", tampered)
    lines = {f"Cell {number}": name for number, name in enumerate(CELLS, start=1)}
    words = {"PASSED": set(), "FAILED": set()}
    for line in result.outlines:
        word, _, rest = line.partition(" ")
        if word in words:
            words[word].add(lines[rest.split("::")[1].split(" - ")[0].strip()])
    assert words["FAILED"] == FAIL
    assert words["PASSED"] == set(CELLS) - FAIL
    report = "\n".join(result.outlines)
    assert "stored 0.123466789, run 0.123456789: they differ by 8.1e-05 of their size, allowed 1e-06" in report
    assert "stored 'failed', run 'passed'" in report
    assert "output 1 is not stored; the run shows stream 'loss 0.1'" in report
    assert "tag rtol-0.5: expected more than 0 and at most 0.1" in report
    assert "a tolerance needs its reason" in report
    assert "No stored run to compare with" in report
    assert "ZeroDivisionError" in report


def test_running_without_comparing_would_not_see_a_tampered_number(pytester, tampered):
    nb = read_notebook(tampered)
    nb.cells = [cell for cell, name in zip(nb.cells, CELLS, strict=True) if name == "tampered"]
    write(nb, tampered)
    run(pytester, "--nbval-lax", "--nbval-current-env", tampered).assert_outcomes(passed=1)
    run(pytester, *PLUGIN, tampered).assert_outcomes(failed=1)


def test_a_list_names_the_notebooks_to_run(pytester, tmp_path, executed):
    for name in ("a", "b", "student"):
        write(executed((f"print('{name}')", name)), tmp_path / f"{name}.ipynb")
    (tmp_path / "book.notebooks").write_text("# the chapters\n[ab].ipynb\n")
    result = run(pytester, *PLUGIN, "--collect-only", "-q", "-m", "notebook", tmp_path)
    items = [line.split("/")[-1] for line in result.outlines if "::" in line]
    assert items == ["a.ipynb::Cell 1", "b.ipynb::Cell 1"]

    (tmp_path / "book.notebooks").write_text("nothing/*.ipynb\n")
    result = run(pytester, *PLUGIN, tmp_path)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["book.notebooks: no notebook matches 'nothing/*.ipynb'"])


def test_a_broken_notebook_is_one_line(pytester, tmp_path):
    (tmp_path / "broken.ipynb").write_text('{"cells": [')
    (tmp_path / "book.notebooks").write_text("*.ipynb\n")
    result = run(pytester, *PLUGIN, tmp_path)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*broken.ipynb: expected a notebook (JSON), got: *"])
    assert "Traceback" not in "\n".join(result.outlines)
