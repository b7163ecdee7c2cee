"""From a function to a CheckResult: judge it, and where it fails, shrink the input and name the mistake."""

from __future__ import annotations

from dataclasses import replace

from gru_book.grading.diagnose import diagnose
from gru_book.grading.effort import WAITING, Effort
from gru_book.grading.judge import Call, Failure, Judgement, Verdict, judge
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
    trouble_in,
)
from gru_book.grading.runners import Runner
from gru_book.grading.shrink import shrink
from gru_book.grading.spec import Args, Exercise, FunctionQuestion, Mistake, PlotQuestion
from gru_book.grading.text import show_value


def check_function(
    exercise: Exercise, question: FunctionQuestion, runner: Runner, seed: int, effort: Effort = WAITING
) -> CheckResult:
    """Judge one answer, which `runner` can call, and say what is wrong with it."""

    def call(args: Args) -> Outcome:
        return runner.call(question.id, args, question.time_limit)

    judgement = judge(question, call, seed)
    base = _base(exercise, question, judgement, runner.isolation)
    failed = judgement.first_failure
    if failed is None or failed.failure is None:
        return base
    return _explain(exercise, base, judgement, failed, failed.failure, call, seed, effort)


def _base(exercise: Exercise, question: FunctionQuestion, judgement: Judgement, isolation: str) -> CheckResult:
    noisy = max((t.outcome for t in judgement.trials), key=lambda outcome: outcome.printed_length)
    return replace(
        blank(exercise, question), status=PASSED, section=None, points=judgement.points,
        summary="Every property holds.",
        lines=tuple(_line(verdict) for verdict in judgement.verdicts),
        printed=noisy.printed, printed_length=noisy.printed_length, isolation=isolation,
    )  # fmt: skip


def _line(verdict: Verdict) -> PropertyLine:
    state = "fails" if verdict.failure else "not tried" if not verdict.tried else "holds"
    if verdict.holds and not verdict.counts:
        state = "not counted"
    return PropertyLine(verdict.prop.id, verdict.prop.statement, state, verdict.points, verdict.prop.points)


def _explain(
    exercise: Exercise,
    base: CheckResult,
    judgement: Judgement,
    verdict: Verdict,
    failure: Failure,
    call: Call,
    seed: int,
    effort: Effort,
) -> CheckResult:
    question, outcome = judgement.question, failure.trial.outcome
    status, summary = _status(verdict, failure, question)
    mistakes: tuple[Mistake, ...] = ()
    if status in (FAILED, ERROR) and outcome.kind in ("value", "raised", "type"):
        mistakes = diagnose(exercise, judgement, call, seed, effort=effort)
        if outcome.seconds <= effort.slow:
            failure = shrink(question, verdict.prop, failure, call, seed, effort)
    named = tuple(named_mistake(exercise, question, mistake) for mistake in mistakes)
    answered = status != MISSING
    lines = base.lines if answered else blank(exercise, question).lines
    return replace(
        base, status=status, lines=lines, property=verdict.prop.id, summary=summary,
        mistakes=tuple(m.id for m in mistakes), section=named[0].section if named else question.section, named=named,
        counterexample=_counterexample(question, failure) if answered else None,
        error=failure.trial.outcome.error if answered else None,
    )  # fmt: skip


def _status(verdict: Verdict, failure: Failure, question: FunctionQuestion) -> tuple[str, str]:
    trouble = trouble_in(failure.trial.outcome)
    if trouble is not None:
        return trouble
    if failure.trial.outcome.kind == "timeout":
        limit = f"{question.time_limit:g} s"
        return ERROR, f"Your function did not return within {limit} on one small input. Does a loop never end?"
    return FAILED, f"Not yet true: {verdict.prop.statement}"


def _counterexample(question: FunctionQuestion, failure: Failure) -> Counterexample:
    outcome = failure.trial.outcome
    got = _named_values(question, question.received(outcome.value)) if outcome.kind == "value" else _instead(outcome)
    difference = failure.difference.text if failure.difference is not None else ""
    if outcome.kind == "type":
        difference = f"expected {_expected_kind(question)}, got {outcome.got}"
    args = tuple((name, show_value(value)) for name, value in failure.trial.args.items())
    expected = failure.trial.expected
    return Counterexample(args, got, "" if expected is None else _named_values(question, expected), difference)


def _instead(outcome: Outcome) -> str:
    """What came instead of a value, in words."""
    if outcome.kind == "timeout":
        return "nothing: it did not return in time"
    return str(outcome.error) if outcome.kind == "raised" else outcome.got


def _expected_kind(question: FunctionQuestion) -> str:
    if isinstance(question, PlotQuestion):
        return "a matplotlib Figure"
    names = ", ".join(question.returns)
    return f"the NumPy array {names}" if len(question.returns) == 1 else f"the NumPy arrays ({names})"


def _named_values(question: FunctionQuestion, value: object) -> str:
    if isinstance(value, tuple) and len(value) == len(question.returns):
        pairs = zip(question.returns, value, strict=True)
        return "\n".join(f"{name} =\n{show_value(item)}" for name, item in pairs)
    return show_value(value)
