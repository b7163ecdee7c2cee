"""A pair: the MyST text, which is the source, and the executed notebook beside it."""

from __future__ import annotations

from pathlib import Path

from jupytext.compare import NotebookDifference, compare_notebooks
from nbformat import NotebookNode

from gru_book.notebooks.errors import NotebookError
from gru_book.notebooks.execution import CELL_TIMEOUT, execute
from gru_book.notebooks.files import read_notebook, write, write_text
from gru_book.notebooks.ids import VALID, assign_ids
from gru_book.notebooks.nodes import node
from gru_book.notebooks.outputs import clean_notebook
from gru_book.notebooks.text import FORMAT, normalise_text, notebook_metadata, parse, read_text, read_utf8


def pair_of(md_path: str | Path) -> Path:
    """The notebook that belongs to a text. Raises NotebookError if the name does not end in .md."""
    path = Path(md_path)
    if path.suffix != ".md":
        raise NotebookError(str(md_path), "expected a MyST text, whose name ends in .md")
    return path.with_suffix(".ipynb")


def build(md_path: str | Path, timeout: float = CELL_TIMEOUT, *, progress: bool = False) -> bool:
    """Run the text in a fresh kernel, in its own folder, and store the notebook; True if the file changed.

    Raises NotebookError: the text cannot be read, or a cell failed. The old notebook then stays as it was.
    """
    target = pair_of(md_path)
    nb = execute(read_text(md_path), target.parent, timeout, name=str(md_path), progress=progress)
    return write(nb, target)


def differences(md_path: str | Path, ipynb_path: str | Path | None = None) -> list[str]:
    """Where the text and the stored notebook differ, one line each; [] if they agree.

    Cells (kind, source, metadata) and the author's metadata count. Outputs do not: the comparison of outputs
    needs a run. What a save in JupyterLab rewrites (kernel, versions, cell ids) does not count either.

    Raises NotebookError: one of the two cannot be read.
    """
    target = pair_of(md_path) if ipynb_path is None else ipynb_path
    return notebook_differences(read_text(md_path), read_notebook(target))


def notebook_differences(expected: NotebookNode, actual: NotebookNode) -> list[str]:
    """Where two notebooks differ, as `differences` has it; `expected` comes from the text."""
    found = []
    if len(expected.cells) != len(actual.cells):
        found.append(f"{len(expected.cells)} cells in the text, {len(actual.cells)} in the notebook")
    meta = _difference(_with_cells(expected, []), _with_cells(actual, []))
    if meta:
        found.append(meta)
    bare = node({**expected, "metadata": {}})
    for number, (cell, other) in enumerate(zip(expected.cells, actual.cells, strict=False), start=1):
        difference = _difference(_with_cells(bare, [cell]), _with_cells(bare, [other]))
        if difference:
            found.append(f"cell {number}: {difference}")
    return found


def _with_cells(nb: NotebookNode, cells: list[NotebookNode]) -> NotebookNode:
    """A notebook of these cells alone, its header in the one form and its noise removed."""
    small = node({**nb, "cells": cells})
    small.metadata = notebook_metadata(small.metadata)
    clean_notebook(small)
    return small


def _difference(expected: NotebookNode, actual: NotebookNode) -> str:
    try:
        compare_notebooks(actual, expected, FORMAT, compare_ids=False)
    except NotebookDifference as difference:
        lines = [line for line in str(difference).splitlines() if line.strip()]
        changed = [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]
        # - is the text's line, + the notebook's: the words of a unified diff from text to notebook.
        return " | ".join(changed or lines)
    return ""


def normalise(md_path: str | Path) -> list[Path]:
    """Bring header, ids and metadata of a pair to their one form, keeping outputs; the paths that changed.

    For after a save in JupyterLab, which rewrites the header with its own versions. No cell is run.
    Raises NotebookError: a file cannot be read or written.
    """
    md_path, target = Path(md_path), pair_of(md_path)
    text = normalise_text(read_utf8(md_path), str(md_path))
    changed = [md_path] if write_text(text, md_path) else []
    if target.is_file():
        nb = read_notebook(target)
        nb.metadata = notebook_metadata(nb.metadata)
        nb.nbformat_minor = 5
        clean_notebook(nb)
        _normalise_ids(nb, parse(text, str(md_path)), str(target))
        if write(nb, target):
            changed.append(target)
    return changed


def _normalise_ids(nb: NotebookNode, source: NotebookNode, name: str) -> None:
    """The ids that a build would give; a pair that has drifted keeps ids by its own cells' sources."""
    if not notebook_differences(source, nb):
        for cell, twin in zip(nb.cells, source.cells, strict=True):
            cell.id = twin.id
    else:
        assign_ids(nb, name)
    assert all(VALID.match(cell.id) for cell in nb.cells)
