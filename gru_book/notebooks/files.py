"""Reading and writing notebook files."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from gru_book.notebooks.errors import NotebookError
from gru_book.notebooks.nodes import from_json, to_json
from gru_book.notebooks.text import one_line, read_utf8


def read_notebook(path: str | Path) -> NotebookNode:
    """A stored notebook, format 4. Raises NotebookError: missing, not JSON, or no valid notebook."""
    text = read_utf8(path)
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotebookError(str(path), f"expected a notebook (JSON), got: {one_line(error)}") from None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise NotebookError(str(path), "expected a notebook of format 4, got JSON without a list of cells")
    if content.get("nbformat") != 4:
        raise NotebookError(str(path), f"expected notebook format 4, got {content.get('nbformat')!r}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a cell without an id, as older tools write them, is valid
            nbformat.validate(content)
    except nbformat.ValidationError as error:
        raise NotebookError(str(path), f"expected a valid notebook, got: {one_line(error.message)}") from None
    return from_json(text)


def write(nb: NotebookNode, path: str | Path) -> bool:
    """Store the notebook; True if the file changed. An equal file is left alone, with its time.

    The file is replaced in one step: a reader, or a crash, never meets half a notebook.
    Raises NotebookError: the folder cannot be written.
    """
    return write_text(to_json(nb), path)


def write_text(text: str, path: str | Path) -> bool:
    """Store the text as `write` stores a notebook."""
    path = Path(path)
    content = text.encode("utf-8")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise NotebookError(str(path), f"cannot be written: {error.strerror}") from None
    return True
