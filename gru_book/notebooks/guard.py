"""What a stored notebook must hold to be worth comparing, and to be read by everybody.

A notebook without outputs passes any comparison, so each cell that prints must have stored what it printed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from gru_book.notebooks.compare import PICTURES
from gru_book.notebooks.files import read_notebook
from gru_book.notebooks.outputs import WIDGET_VIEW
from gru_book.notebooks.text import one_line
from gru_book.notebooks.tolerance import ToleranceError, tolerance_of

LARGEST_FILE = 700_000
"""Bytes: a larger notebook makes the repository slow to clone."""

PRINTERS = frozenset({"print", "display", "show", "pprint"})
"""Functions whose call shows something."""

SILENT = frozenset({"append", "clear", "close", "extend", "fill", "seed", "setflags", "shuffle", "sort", "update"})
"""Methods that return None, as does anything named set_... or assert_...: a cell may end with one."""

_DATA_URI = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]+")
_PATH = re.compile(r"(?<![\w.:/<~-])/(?:[\w.+-]+/)+[\w.+-]+|\b[A-Za-z]:\\{1,2}\w[\w.-]*\\")
_TAG = re.compile(r"<(img|svg)\b[^>]*>", re.IGNORECASE)
_NAMED = re.compile(r"""\b(?:alt|aria-label|aria-labelledby)\s*=\s*(["'])\s*[^\s"'].*?\1""", re.IGNORECASE | re.DOTALL)


def file_problems(path: str | Path) -> list[str]:
    """The problems of a stored notebook file, one line each; [] if it holds what it must.

    Raises NotebookError: it cannot be read as a notebook.
    """
    found = problems(read_notebook(path))
    size = Path(path).stat().st_size
    if size > LARGEST_FILE:
        found.append(f"{size} bytes, expected at most {LARGEST_FILE}")
    return found


def problems(nb: NotebookNode) -> list[str]:
    """The problems of a notebook, see `file_problems`; cells are counted among the code cells, from 1."""
    found = []
    code_cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    written = [cell for cell in code_cells if cell.source.strip()]
    counts = [cell.execution_count for cell in written]
    if None not in counts and counts != list(range(1, len(counts) + 1)):
        found.append(f"not from one run top to bottom: execution counts {counts}")
    for number, cell in enumerate(code_cells, start=1):
        found += [f"code cell {number}: {text}" for text in _cell_problems(cell)]
    return found


def _cell_problems(cell: NotebookNode) -> Iterator[str]:
    if not cell.source.strip():
        yield "empty"
        return
    if cell.execution_count is None:
        yield "not executed"
    elif not cell.outputs and prints(cell.source):
        yield "shows something when it runs, but has no stored output (end a silent call with ';')"
    try:
        tolerance_of(cell)
    except ToleranceError as error:
        yield one_line(error)
    for output in cell.outputs:
        yield from _output_problems(output)


def _output_problems(output: NotebookNode) -> Iterator[str]:
    if output.output_type == "error":
        yield f"stored error {output.ename}"
        return
    data = output.get("data", {})
    for form in PICTURES:
        if form in data:
            yield f"{form} output, which JupyterLab shows without alt text: use gru_book.plotting.show"
    if WIDGET_VIEW in data:
        yield "a widget's view, which is empty once the kernel is gone"
    html = str(data.get("text/html", ""))
    for tag in _TAG.finditer(html):
        if not _NAMED.search(tag.group()):
            yield f"<{tag.group(1)}> without alt text"
    texts = (str(value) for value in ([output.text] if "text" in output else data.values()))
    for text in texts:
        path = _PATH.search(_DATA_URI.sub("", text))
        if path:
            yield f"a path of this machine in the output: {path.group()}"
            return


def prints(source: str) -> bool:
    """Whether a cell is sure to show something: a call of a printing function, or a value at its end.

    Code that may not run (a branch, a function's body) does not count; a loop is taken to run at least once.
    A call at the end counts unless its name says that it returns None; ';' at the end keeps a value from
    being shown.
    """
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    try:
        body = ast.parse("\n".join(lines)).body
    except SyntaxError:
        return False  # the run will say so
    return any(_calls_printer(statement) for statement in _surely_run(body)) or _shows_last(body, source)


def _surely_run(body: list[ast.stmt]) -> Iterator[ast.Expr]:
    for statement in body:
        if isinstance(statement, ast.Expr):
            yield statement
        elif isinstance(statement, (ast.With, ast.For)):
            yield from _surely_run(statement.body)


def _calls_printer(statement: ast.Expr) -> bool:
    return isinstance(statement.value, ast.Call) and _name(statement.value.func) in PRINTERS


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _shows_last(body: list[ast.stmt], source: str) -> bool:
    if not body or not isinstance(body[-1], ast.Expr) or source.rstrip().endswith(";"):
        return False
    value = body[-1].value
    if isinstance(value, ast.Constant):
        return value.value is not None
    if isinstance(value, ast.Call):
        name = _name(value.func)
        return not (name in SILENT or name.startswith(("set_", "assert_")))
    return True
