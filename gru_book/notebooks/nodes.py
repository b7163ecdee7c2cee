"""Typed doors to nbformat's untyped functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat import NotebookNode


def node(value: Mapping[str, Any]) -> NotebookNode:
    """A notebook node with the content of `value`, copied to its depth."""
    made: NotebookNode = nbformat.from_dict(dict(value))  # type: ignore[no-untyped-call]
    return made


def from_json(text: str) -> NotebookNode:
    """The notebook of a file's text, format 4, long strings joined."""
    nb: NotebookNode = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    return nb


def to_json(nb: NotebookNode) -> str:
    """The text of a notebook's file: sorted keys, long strings as lists of lines, a newline at the end.

    Raises nbformat.ValidationError: `nb` is no valid notebook.
    """
    nbformat.validate(nb)
    return str(nbformat.writes(nb)).rstrip("\n") + "\n"  # type: ignore[no-untyped-call]
