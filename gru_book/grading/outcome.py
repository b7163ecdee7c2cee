"""What came of one call of a student's function."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gru_book.grading.text import visible

MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
"""What the parts of a forged report can raise when they are taken for what they should be."""
KEPT = 4_000
"""Characters of a worker's words that are kept."""
KEPT_CHANGED = 100


@dataclass(frozen=True)
class StudentError:
    """An exception in the student's code, with the last line of their own that led to it, and what may help."""

    type: str
    message: str
    line: int | None = None
    source: str = ""
    where: str = ""
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type


@dataclass(frozen=True)
class Outcome:
    """One call's result.

    Attributes:
        kind: "value" (it returned one), "raised", "timeout" (over its time limit), "died" (the process ended),
            or "type" (it returned what is no array, number or tuple of them).
        value: for "value".
        error: for "raised".
        got: for "type" and "died", what came instead, in words.
        changed: the names of arguments that the call changed.
        printed, printed_length: the beginning of what it printed, and how much that was in all.
    """

    kind: str
    value: Any = None
    error: StudentError | None = None
    got: str = ""
    changed: tuple[str, ...] = ()
    printed: str = ""
    printed_length: int = 0
    seconds: float = field(default=0.0, compare=False)


def from_message(message: dict[str, Any]) -> Outcome:
    """A worker's report as an Outcome. The worker is not trusted: what does not fit becomes kind "died"."""
    try:
        kind = message["kind"]
        printed = message["printed"]
        if type(kind) is not str or kind not in ("value", "raised", "timeout", "type"):
            raise ValueError(kind)
        return Outcome(
            kind=kind,
            value=message.get("value"),
            error=error_from(message["error"]) if kind == "raised" else None,
            got=visible(_words(message.get("got", ""))),
            changed=tuple(visible(_words(name)) for name in list(message["changed"])[:KEPT_CHANGED]),
            printed=visible(_words(printed["text"]), newlines=True),
            printed_length=int(printed["length"]),
            seconds=float(message["seconds"]),
        )
    except MALFORMED:
        return Outcome("died", got="its process sent a malformed report")


def _words(text: Any) -> str:
    """Text of the worker, its beginning. Raises TypeError for anything else: to show it could take for ever."""
    if type(text) is not str:
        raise TypeError(f"expected text, got {type(text).__name__}")
    return text[:KEPT]


def error_from(report: dict[str, Any]) -> StudentError:
    """An error report of the worker, cleaned of control characters."""
    line = report["line"]
    return StudentError(
        type=visible(_words(report["type"]))[:80],
        message=visible(_words(report["message"])),
        line=int(line) if line is not None else None,
        source=visible(_words(report["source"])),
        where=visible(_words(report["where"] or "")),
        advice=visible(_words(report.get("advice") or ""))[:300],
    )
