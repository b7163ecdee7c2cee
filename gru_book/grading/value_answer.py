"""From a value (a number, an expression, a choice, a text) to a CheckResult."""

from __future__ import annotations

from dataclasses import replace

from gru_book.grading.outcome import Outcome
from gru_book.grading.result import (
    ERROR,
    FAILED,
    MISSING,
    PASSED,
    CheckResult,
    Counterexample,
    PropertyLine,
    blank,
    named_mistake,
)
from gru_book.grading.spec import Exercise, Judged, ValueQuestion


def check_value(exercise: Exercise, question: ValueQuestion, outcome: Outcome, seed: int = 0) -> CheckResult:
    """Judge the value in `outcome`, which has kind "value", or "type" or "died" where there is none to judge."""
    empty = blank(exercise, question)
    if outcome.kind != "value":
        summary = f"Expected a value that can be judged, got {outcome.got}."
        return replace(empty, status=ERROR, property="answer-present", summary=summary)
    if outcome.value is None:
        return replace(empty, status=MISSING, property="answer-present", summary="Not answered yet.")
    return _result(exercise, question, empty, question.judge(outcome.value, seed))


def _result(exercise: Exercise, question: ValueQuestion, empty: CheckResult, judged: Judged) -> CheckResult:
    passed, points = judged.share == 1.0, judged.share * question.points
    state = "holds" if passed else "not tried" if judged.malformed else "fails"
    lines = tuple(PropertyLine(p.id, p.statement, state, points, p.points) for p in question.parts)
    example = Counterexample(judged.args, judged.got, judged.expected, judged.difference) if judged.got else None
    named = tuple(named_mistake(exercise, question, mistake) for mistake in judged.mistakes)
    section = None if passed else named[0].section if named else question.section
    return replace(
        empty, status=PASSED if passed else ERROR if judged.malformed else FAILED, points=points,
        property=None if passed else "answer-readable" if judged.malformed else "answer-right",
        mistakes=tuple(mistake.id for mistake in judged.mistakes), section=section, summary=judged.summary,
        lines=lines, named=named, notes=judged.notes, counterexample=example,
    )  # fmt: skip
