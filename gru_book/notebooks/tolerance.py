"""How far a cell's numbers may move between two machines, and why: said by the cell itself, in its metadata.

A cell that needs more than the default carries a tag such as ``rtol-1e-3`` and, beside it, a
``tolerance_reason``. A cell that prints how long something took carries the tag ``timings`` and a reason too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbformat import NotebookNode

DEFAULT_RTOL = 1e-6
"""Enough for the last digits, in which processors and libraries differ; too little for a wrong result."""

LARGEST_RTOL = 0.1
"""A number that may move by more says nothing; print a statement that holds everywhere instead."""

TIMINGS = "timings"
"""The tag of a cell whose times, numbers with a unit such as "1.2 s", are not compared."""

_RTOL = re.compile(r"^rtol-(.*)$")

_NBVAL_COMMENT = re.compile(r"^\s*#\s*(NBVAL_\w+|PYTEST_VALIDATE_IGNORE_OUTPUT)\b", re.MULTILINE)
_NBVAL_TAGS = ("nbval-", "raises-exception", "skip-execution")


class ToleranceError(ValueError):
    """A cell asks for a tolerance that it may not have; the message is one line."""


@dataclass(frozen=True)
class Tolerance:
    """What a cell allows: numbers may differ by `rtol` of their size, times by anything if `timings`."""

    rtol: float = DEFAULT_RTOL
    timings: bool = False
    reason: str = ""

    @property
    def is_default(self) -> bool:
        """True for a cell that asks for nothing."""
        return self == Tolerance()


def tolerance_of(cell: NotebookNode) -> Tolerance:
    """The tolerance that a cell's metadata asks for.

    Raises ToleranceError: the tag holds no number in (0, 0.1], there are two, the reason is missing, or the
    cell carries one of nbval's own marks, which would switch the comparison off.
    """
    tags = [str(tag) for tag in cell.metadata.get("tags", [])]
    _refuse_switches(tags, cell.source)
    rtols = [match.group(1) for tag in tags if (match := _RTOL.match(tag))]
    if len(rtols) > 1:
        raise ToleranceError(f"expected one rtol tag, got {', '.join('rtol-' + text for text in rtols)}")
    timings = TIMINGS in tags
    if not rtols and not timings:
        return Tolerance()
    reason = str(cell.metadata.get("tolerance_reason", "")).strip()
    if not reason:
        raise ToleranceError("a tolerance needs its reason: set tolerance_reason in the cell's metadata")
    return Tolerance(_number(rtols[0]) if rtols else DEFAULT_RTOL, timings, reason)


def _number(text: str) -> float:
    try:
        rtol = float(text)
    except ValueError:
        raise ToleranceError(f"tag rtol-{text}: expected a number, such as rtol-1e-3") from None
    if not 0 < rtol <= LARGEST_RTOL:
        raise ToleranceError(f"tag rtol-{text}: expected more than 0 and at most {LARGEST_RTOL}")
    return rtol


def _refuse_switches(tags: list[str], source: str) -> None:
    switches = [tag for tag in tags if tag.startswith(_NBVAL_TAGS)]
    switches += [match.group(1) for match in _NBVAL_COMMENT.finditer(source)]
    if switches:
        raise ToleranceError(f"{switches[0]} would switch the comparison off; a tolerance tag keeps it")
