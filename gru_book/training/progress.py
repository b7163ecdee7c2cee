"""A progress bar for whatever takes more than two seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def progress(items: Iterable[Item], description: str, *, unit: str = "step") -> Iterable[Item]:
    """`items`, with a bar on stderr while they are consumed; it disappears at the end.

    Nothing is shown where nobody watches: stderr is no terminal and no notebook runs, or TQDM_DISABLE is set.
    """
    if not watched():
        return items
    bar: Iterable[Item] = tqdm(items, desc=description, unit=unit, leave=False)
    return bar


def watched() -> bool:
    """Whether somebody watches stderr."""
    return sys.stderr.isatty() or _in_notebook()


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this: its stderr is no terminal, yet somebody watches."""
    return "ipykernel" in sys.modules
