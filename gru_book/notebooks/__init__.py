"""Notebooks that stay true: from MyST text to an executed notebook, and the comparison of what it shows.

The MyST text is the source. `build` runs it in a fresh kernel and stores the notebook beside it;
`differences` says where the two have drifted apart; `gru_book.notebooks.pytest_plugin` runs a stored notebook
again and compares what it shows. The command is ``python -m gru_book.notebooks build|check|normalise``.

jupytext, nbclient and nbformat load when a function is first used, not with this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gru_book.notebooks.errors import NotebookError
    from gru_book.notebooks.execution import execute
    from gru_book.notebooks.files import read_notebook, write
    from gru_book.notebooks.guard import problems
    from gru_book.notebooks.pairs import build, differences, normalise, notebook_differences, pair_of
    from gru_book.notebooks.text import parse, read_text

_HOMES = {
    "NotebookError": "errors",
    "build": "pairs",
    "differences": "pairs",
    "execute": "execution",
    "normalise": "pairs",
    "notebook_differences": "pairs",
    "pair_of": "pairs",
    "parse": "text",
    "problems": "guard",
    "read_notebook": "files",
    "read_text": "text",
    "write": "files",
}

__all__ = [
    "NotebookError",
    "build",
    "differences",
    "execute",
    "normalise",
    "notebook_differences",
    "pair_of",
    "parse",
    "problems",
    "read_notebook",
    "read_text",
    "write",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
