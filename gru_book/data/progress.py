"""A progress bar for whatever takes more than two seconds, shown where somebody watches."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def watched() -> bool:
    """Whether somebody sees a bar: stderr is a terminal, or a Jupyter kernel runs this; TQDM_DISABLE says no."""
    return not os.environ.get("TQDM_DISABLE") and (sys.stderr.isatty() or "ipykernel" in sys.modules)


def progress(
    items: Iterable[Item], description: str, *, unit: str = "item", total: int | None = None
) -> Iterable[Item]:
    """`items`, with a bar on stderr while they are consumed; it disappears at the end. TQDM_DISABLE hides it.

    total: how many there are, where `items` cannot tell.
    """
    bar: Iterable[Item] = tqdm(items, desc=description, unit=unit, total=total, leave=False, disable=not watched())
    return bar
