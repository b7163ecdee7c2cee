"""From an answer to a CheckResult: judge it, and where it fails, shrink the input and name the mistake."""

from __future__ import annotations

from pathlib import Path

from gru_book.grading.diagnose import diagnose
from gru_book.grading.judge import Call, Failure, Judgement, Verdict, judge
from gru_book.grading.outcome import Outcome
from gru_book.grading.result import (
    ERROR,
    FAILED,
    MISSING,
    PASSED,
    CheckResult,
    Counterexample,
    NamedMistake,
    PropertyLine,
)
from gru_book.grading.runners import Runner
from gru_book.grading.shrink import shrink
from gru_book.grading.spec import Args, Exercise, FunctionQuestion, Mistake
from gru_book.grading.text import show_value

CHECK_SEED = 0
"""Feedback is repeatable: the same answer meets the same inputs."""


def check_question(
    exercise: Exercise, question: FunctionQuestion, runner: Runner, seed: int = CHECK_SEED
) -> CheckResult:
    """Judge one answer, which `runner` can call, and say what is wrong with it."""

    def call(args: Args) -> Outcome:
        return runner.call(question.id, args, question.time_limit)

    judgement = judge(question, call, seed)
    base = _base(exercise, question, judgement, runner.isolation)
    failed = judgement.first_failure
    if failed is None or failed.failure is None:
        return base
    return _explain(exercise, base, judgement, failed, failed.failure, call, seed)


def unanswered(exercise: Exercise, question: FunctionQuestion, status: str, summary: str) -> CheckResult:
    """A result with no points for an answer that could not be called at all."""
    lines = tuple(PropertyLine(p.id, p.statement, "not tried", 0.0, p.points) for p in question.properties)
    return CheckResult(
        id=question.id, status=status, points=0.0, max_points=question.points, property="answer-present",
        section=question.section, title=question.title, signature=question.signature, equation=question.equation,
        summary=summary, lines=lines, chapters=_chapters(exercise),
    )  # fmt: skip


def _base(exercise: Exercise, question: FunctionQuestion, judgement: Judgement, isolation: str) -> CheckResult:
    noisy = max((t.outcome for t in judgement.trials), key=lambda outcome: outcome.printed_length)
    return CheckResult(
        id=question.id, status=PASSED, points=judgement.points, max_points=question.points,
        title=question.title, signature=question.signature, equation=question.equation,
        summary="Every property holds.", lines=tuple(_line(verdict) for verdict in judgement.verdicts),
        printed=noisy.printed, printed_length=noisy.printed_length, isolation=isolation, chapters=_chapters(exercise),
    )  # fmt: skip


def _chapters(exercise: Exercise) -> str:
    return str(Path(exercise.folder).parent.parent / "chapters")


def _line(verdict: Verdict) -> PropertyLine:
    state = "holds" if verdict.holds else "fails" if verdict.tried else "not tried"
    return PropertyLine(verdict.prop.id, verdict.prop.statement, state, verdict.points, verdict.prop.points)


def _explain(
    exercise: Exercise,
    base: CheckResult,
    judgement: Judgement,
    verdict: Verdict,
    failure: Failure,
    call: Call,
    seed: int,
) -> CheckResult:
    question, outcome = judgement.question, failure.trial.outcome
    status, summary = _status(verdict, failure, question)
    mistakes: tuple[Mistake, ...] = ()
    if status in (FAILED, ERROR) and outcome.kind in ("value", "raised", "type"):
        mistakes = diagnose(exercise, judgement, call, seed)
        failure = shrink(question, verdict.prop, failure, call, seed)
    named = tuple(_named(exercise, question, mistake) for mistake in mistakes)
    return CheckResult(
        id=base.id, status=status, points=base.points, max_points=base.max_points, property=verdict.prop.id,
        mistakes=tuple(m.id for m in mistakes), section=named[0].section if named else question.section,
        title=base.title, signature=base.signature, equation=base.equation, summary=summary, lines=base.lines,
        named=named, counterexample=_counterexample(question, failure) if status != MISSING else None,
        error=failure.trial.outcome.error if status != MISSING else None,
        printed=base.printed, printed_length=base.printed_length, isolation=base.isolation, chapters=base.chapters,
    )  # fmt: skip


def _named(exercise: Exercise, question: FunctionQuestion, mistake: Mistake) -> NamedMistake:
    owner = exercise.owner(mistake, question)
    where = "" if owner.id == question.id else f" (in {owner.name}, question {owner.id})"
    return NamedMistake(mistake.id, mistake.title, mistake.why, mistake.section or owner.section, where)


def _status(verdict: Verdict, failure: Failure, question: FunctionQuestion) -> tuple[str, str]:
    outcome = failure.trial.outcome
    if outcome.kind == "raised" and outcome.error is not None:
        if outcome.error.type == "NotImplementedError":
            return MISSING, f"Not answered yet. {outcome.error.message}".strip()
        return ERROR, f"Your code raised {outcome.error}"
    if outcome.kind == "timeout":
        limit = f"{question.time_limit:g} s"
        return ERROR, f"Your function did not return within {limit} on one small input. Does a loop never end?"
    if outcome.kind == "died":
        return ERROR, f"Your function ended its process: {outcome.got}."
    return FAILED, f"Not yet true: {verdict.prop.statement}"


def _counterexample(question: FunctionQuestion, failure: Failure) -> Counterexample:
    outcome = failure.trial.outcome
    got = _named_values(question, outcome.value) if outcome.kind == "value" else _instead(outcome)
    difference = failure.difference.text if failure.difference is not None else ""
    if outcome.kind == "type":
        difference = f"expected {_expected_kind(question)}, got {outcome.got}"
    args = tuple((name, show_value(value)) for name, value in failure.trial.args.items())
    return Counterexample(args, got, _named_values(question, failure.trial.expected), difference)


def _instead(outcome: Outcome) -> str:
    """What came instead of a value, in words."""
    if outcome.kind == "timeout":
        return "nothing: it did not return in time"
    return str(outcome.error) if outcome.kind == "raised" else outcome.got


def _expected_kind(question: FunctionQuestion) -> str:
    names = ", ".join(question.returns)
    return f"the NumPy array {names}" if len(question.returns) == 1 else f"the NumPy arrays ({names})"


def _named_values(question: FunctionQuestion, value: object) -> str:
    if isinstance(value, tuple) and len(value) == len(question.returns):
        pairs = zip(question.returns, value, strict=True)
        return "\n".join(f"{name} =\n{show_value(item)}" for name, item in pairs)
    return show_value(value)
