"""What a student is told of one question."""

from __future__ import annotations

import builtins  # CheckResult has a field named property
from dataclasses import dataclass, field
from typing import Any

from gru_book.grading.outcome import StudentError

PASSED, FAILED, ERROR, MISSING = "passed", "failed", "error", "missing"


@dataclass(frozen=True)
class PropertyLine:
    """One property as the panel lists it; `state` is "holds", "fails" or "not tried"."""

    id: str
    statement: str
    state: str
    points: float
    max_points: float


@dataclass(frozen=True)
class NamedMistake:
    """A mistake that was found: what it is, why it is one, where to read; `where` if another answer makes it."""

    id: str
    title: str
    why: str
    section: str
    where: str = ""


@dataclass(frozen=True)
class Counterexample:
    """The smallest failing input, as text: the arguments, what came back, what was expected."""

    args: tuple[tuple[str, str], ...]
    got: str
    expected: str
    difference: str


@dataclass(frozen=True)
class CheckResult:
    """The answer to `check`. Its display in a notebook is a panel; `print` gives the same as plain text.

    Attributes:
        id: the question, ``"05.1"``.
        status: "passed", "failed", "error" (an exception, a time limit, not a function) or "missing".
        points, max_points: each property brings its own.
        property: the id of the first property that fails; None if all hold.
        mistakes: the ids of the planted mistakes that give exactly this answer's outputs.
        section: where to read again, ``"chapter#anchor"``; None if all is well.
        isolation: how the function was run: "forked child", "separate process" or "in-process".
    """

    id: str
    status: str
    points: float
    max_points: float
    property: str | None = None
    mistakes: tuple[str, ...] = ()
    section: str | None = None
    title: str = ""
    signature: str = ""
    equation: str = ""
    summary: str = ""
    lines: tuple[PropertyLine, ...] = ()
    named: tuple[NamedMistake, ...] = ()
    counterexample: Counterexample | None = None
    error: StudentError | None = None
    printed: str = ""
    printed_length: int = 0
    isolation: str = ""
    chapters: str = field(default="", repr=False)

    @builtins.property
    def passed(self) -> bool:
        """Whether all points were reached."""
        return self.status == PASSED

    def to_json(self) -> dict[str, Any]:
        """The question's object in the report of `gru-book check --json`."""
        return {
            "id": self.id,
            "status": self.status,
            "points": self.points,
            "max_points": self.max_points,
            "property": self.property,
            "mistakes": list(self.mistakes),
            "section": self.section,
        }

    def __str__(self) -> str:
        from gru_book.grading.panel import render_text

        return render_text(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from gru_book.grading.panel import render_html, render_text

        return {"text/html": render_html(self), "text/plain": render_text(self)}
