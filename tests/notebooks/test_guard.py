"""The guard finds what would make a comparison empty, or a page unreadable for some."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_output

from gru_book.notebooks import problems
from gru_book.notebooks.guard import LARGEST_FILE, file_problems, prints
from gru_book.notebooks.nodes import to_json


@pytest.mark.parametrize(
    "source",
    [
        "print(1)",
        "x = 1\nx",
        "f(x)",
        "with a as b:\n    print(b)",
        "for k in range(3):\n    print(k)",
        "show(fig, 'alt')",
        "plotting.show(fig, 'alt')",
        "%matplotlib inline\nx",
        "'text'",
        "x;\ny",
    ],
)
def test_prints(source):
    assert prints(source)


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "def f():\n    print(1)",
        "if a:\n    print(1)",
        "x;",
        "None",
        "rows.append(1)",
        "np.testing.assert_allclose(a, b)",
        "ax.set_title('x')",
        "assert x == 1",
        "import numpy",
        "%matplotlib inline",
        "# a comment",
        "_ = f(x)",
    ],
)
def test_does_not_print(source):
    assert not prints(source)


def test_a_notebook_that_is_well(executed):
    assert problems(executed(("x = 1", None), ("print(x)", "1\n"))) == []


def test_missing_output(executed):
    (found,) = problems(executed(("print(1)", None)))
    assert found.startswith("code cell 1: shows something when it runs, but has no stored output")


def test_not_executed_and_not_from_one_run(executed):
    nb = executed(("x = 1", None), ("y = 2", None))
    nb.cells[0].execution_count = None
    assert problems(nb) == ["code cell 1: not executed"]
    nb.cells[0].execution_count = 7
    assert problems(nb) == ["not from one run top to bottom: execution counts [7, 2]"]


def test_empty_cell_and_stored_error(executed):
    nb = executed(("", None), ("1 / 0;", None))
    nb.cells[0].execution_count, nb.cells[1].execution_count = None, 1
    nb.cells[1].outputs = [new_output("error", ename="ZeroDivisionError", evalue="", traceback=[])]
    assert problems(nb) == ["code cell 1: empty", "code cell 2: stored error ZeroDivisionError"]


def test_a_refused_tolerance_is_a_problem(executed):
    nb = executed(("x = 1", None))
    nb.cells[0].metadata["tags"] = ["rtol-0.5"]
    assert "at most 0.1" in problems(nb)[0] or "needs its reason" in problems(nb)[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"image/png": "AAAA", "text/plain": "Figure"}, "without alt text: use gru_book.plotting.show"),
        ({"text/html": "<img src='data:image/png;base64,AA/aa/bb='>"}, "<img> without alt text"),
        ({"text/html": "<img alt='' src='x.png'>"}, "<img> without alt text"),
        ({"text/html": "<svg viewBox='0 0 1 1'></svg>"}, "<svg> without alt text"),
        ({"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}, "a widget's view"),
        ({"text/plain": "saved to /home/ada/book/x.npz"}, "a path of this machine in the output: /home/ada"),
        ({"text/plain": r"C:\Users\ada\x.npz"}, "a path of this machine"),
        ({"text/html": "<b>/root/x/y.py</b>"}, "a path of this machine"),
    ],
)
def test_outputs_that_some_cannot_read(executed, data, message):
    nb = executed(("f()", None))
    nb.cells[0].outputs = [new_output("display_data", data=data)]
    (found,) = problems(nb)
    assert found.startswith("code cell 1: ")
    assert message in found


@pytest.mark.parametrize(
    "data",
    [
        {"text/html": "<img alt='A gate' src='data:image/png;base64,AA/aa/bb='>"},
        {"text/html": "<svg role='img' aria-label='A gate'></svg>"},
        {"text/plain": "1/2/3 and https://example.org/a/b and </td></tr> and r_t/z_t/n_t"},
    ],
)
def test_outputs_that_are_well(executed, data):
    nb = executed(("f()", None))
    nb.cells[0].outputs = [new_output("display_data", data=data)]
    assert problems(nb) == []


def test_a_large_file_is_a_problem(executed, tmp_path):
    path = tmp_path / "large.ipynb"
    path.write_text(to_json(executed(("print(1)", "x" * LARGEST_FILE))))
    (found,) = file_problems(path)
    assert found.endswith(f"bytes, expected at most {LARGEST_FILE}")
