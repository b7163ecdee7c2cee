"""What a student is told of one question."""

from __future__ import annotations

import builtins  # CheckResult has a field named property
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gru_book.grading.outcome import Outcome, StudentError
from gru_book.grading.spec import Exercise, Mistake, Question

PASSED, FAILED, ERROR, MISSING = "passed", "failed", "error", "missing"


@dataclass(frozen=True)
class PropertyLine:
    """One property as the panel lists it; `state`: "holds", "fails", "not tried" or "not counted"."""

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
    """The smallest failing input, as text: the arguments, what came back, what was expected ("" if nothing is)."""

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
        isolation: how the function was run: "forked child", "separate process" or "in-process"; "" for a value.
        kind: the kind of question, "FunctionQuestion", "ChoiceQuestion" and so on.
        manual_points: what a person can give besides.
        notes: further sentences, such as the reason of an option that was chosen.
        hints: to be opened one by one.
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
    kind: str = ""
    manual_points: float = 0.0
    notes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
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


def blank(exercise: Exercise, question: Question) -> CheckResult:
    """A result that says nothing yet but what was asked: no points, every property not tried."""
    return CheckResult(
        id=question.id, status=MISSING, points=0.0, max_points=question.points, section=question.section,
        title=question.title, signature=question.signature, equation=question.equation,
        lines=tuple(PropertyLine(p.id, p.statement, "not tried", 0.0, p.points) for p in question.parts),
        kind=type(question).__name__, manual_points=question.manual_points, hints=question.hints,
        chapters=str(Path(exercise.folder).parent.parent / "chapters"),
    )  # fmt: skip


def named_mistake(exercise: Exercise, question: Question, mistake: Mistake) -> NamedMistake:
    """What is said of a mistake that was found in the answer to `question`."""
    owner = exercise.owner(mistake, question)
    where = "" if owner.id == question.id else f" (in {owner.name}, question {owner.id})"
    return NamedMistake(mistake.id, mistake.title, mistake.why, mistake.section or owner.section, where)


def trouble_in(outcome: Outcome) -> tuple[str, str] | None:
    """Status and summary of a call that gave no value to judge, except for a time limit; None for others."""
    if outcome.kind == "raised" and outcome.error is not None:
        if outcome.error.type == "NotImplementedError":
            return MISSING, f"Not answered yet. {outcome.error.message}".strip()
        advice = f" {outcome.error.advice}" if outcome.error.advice else ""
        return ERROR, f"Your code raised {outcome.error}.{advice}" if advice else f"Your code raised {outcome.error}"
    if outcome.kind == "died":
        return ERROR, f"Your function ended its process: {outcome.got}."
    return None
