"""What came of one call of a student's function."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gru_book.grading.text import visible


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
        error = error_from(message["error"]) if kind == "raised" else None
        printed = message["printed"]
        if kind not in ("value", "raised", "timeout", "type"):
            raise ValueError(kind)
        return Outcome(
            kind=kind,
            value=message.get("value"),
            error=error,
            got=visible(str(message.get("got", ""))),
            changed=tuple(visible(str(name)) for name in message["changed"]),
            printed=visible(str(printed["text"]), newlines=True),
            printed_length=int(printed["length"]),
            seconds=float(message["seconds"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return Outcome("died", got="its process sent a malformed report")


def error_from(report: dict[str, Any]) -> StudentError:
    """An error report of the worker, cleaned of control characters."""
    line = report["line"]
    return StudentError(
        type=visible(str(report["type"]))[:80],
        message=visible(str(report["message"])),
        line=int(line) if line is not None else None,
        source=visible(str(report["source"])),
        where=visible(str(report["where"] or "")),
        advice=visible(str(report.get("advice") or ""))[:300],
    )
