"""Every numbered equation of the chapters: evaluated beside the function that the text names, or the reason why not.

One module a chapter, `chapter_NN.py`, with one dictionary EQUATIONS from label to `Evaluated` or `Left`. The labels
must be exactly those of the text. An equation is written out here as the text has it, in plain NumPy and without the
package, so that the two can disagree.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Pairs = list[tuple[Any, Any]]

KINDS = {
    "definition": "says what a word or a letter means; there is nothing to compute",
    "derivation": "a step on the way to another equation, which the package implements",
    "property": "true of what the package computes, and used by the text; computed by no function",
    "approximation": "leaves something out on purpose; the text measures how much",
    "chapter": "computed by a few lines of the chapter's own code, which asserts it",
}
"""Why an equation has no function."""


@dataclass(frozen=True)
class Evaluated:
    """function: the dotted name that the text gives; check(f, rng): pairs (what f gives, what the equation gives)."""

    function: str
    check: Callable[[Callable[..., Any], np.random.Generator], Pairs]


@dataclass(frozen=True)
class Left:
    """An equation without a function: one of KINDS, and in a few words what becomes of it."""

    kind: str
    why: str


def registry() -> dict[str, dict[str, Evaluated | Left]]:
    """Chapter number -> label -> entry."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("chapter_[0-9][0-9].py"))
    return {name[-2:]: importlib.import_module(f"equations.{name}").EQUATIONS for name in modules}


def resolve(dotted: str) -> Any:
    """The object that a dotted name means; AttributeError or ImportError if there is none."""
    parts = dotted.split(".")
    for k in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:k]))
        except ModuleNotFoundError:
            continue
        for name in parts[k:]:
            found = getattr(found, name)
        return found
    raise ImportError(f"there is no {dotted}")
