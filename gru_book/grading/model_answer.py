"""From a function that trains a model to a CheckResult: one call, and a score on data that it never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gru_book.grading.compare import Difference, difference
from gru_book.grading.judge import Call, copy_args, live_args, seeded
from gru_book.grading.outcome import Outcome
from gru_book.grading.result import (
    ERROR,
    FAILED,
    MISSING,
    PASSED,
    CheckResult,
    PropertyLine,
    blank,
    named_mistake,
    trouble_in,
)
from gru_book.grading.runners import Runner
from gru_book.grading.spec import Args, Exercise, Level, Mistake, ModelQuestion


@dataclass(frozen=True)
class Trained:
    """What came of the one call: the outcome, how the output is malformed if it is, and the two scores."""

    args: Args
    outcome: Outcome
    malformed: str = ""
    score: float = float("nan")
    baseline: float = float("nan")

    def reaches(self, level: Level) -> bool:
        """Whether the score is low enough; a malformed output reaches nothing."""
        return bool(self.score <= level.share * self.baseline)


def check_model(exercise: Exercise, question: ModelQuestion, runner: Runner, seed: int) -> CheckResult:
    """Train and judge."""

    def call(args: Args) -> Outcome:
        return runner.call(question.id, args, question.time_limit)

    trained = train(question, call, seed)
    base = replace(blank(exercise, question), isolation=runner.isolation, printed=trained.outcome.printed,
                   printed_length=trained.outcome.printed_length)  # fmt: skip
    if trained.malformed or trained.outcome.kind != "value":
        return _no_score(question, base, trained)
    return _scored(exercise, question, base, trained)


def train(question: ModelQuestion, call: Call, seed: int) -> Trained:
    """Call the function once, on data drawn from the seed, and score what it predicts."""
    args, hidden = question.draw(seeded(question, seed))
    outcome, naive = call(copy_args(args)), question.baseline(copy_args(args))
    if outcome.kind != "value":
        return Trained(args, outcome)
    malformed = _malformed(question, naive, outcome.value)
    if malformed:
        return Trained(args, outcome, malformed)
    return Trained(args, outcome, "", *(float(question.score(hidden, output)) for output in (outcome.value, naive)))


def _malformed(question: ModelQuestion, naive: Any, output: Any) -> str:
    """How the output is not what a prediction looks like; "" if it is one."""
    found: Difference | None = difference(question, naive, output)
    if found is not None and found.kind != "value":
        return found.text
    arrays = output if isinstance(output, (tuple, list)) else (output,)
    if not all(np.isfinite(np.asarray(array, float)).all() for array in arrays):
        return "expected finite predictions, got nan or inf: has the training diverged?"
    return ""


def planted(question: ModelQuestion, trained: Trained) -> tuple[Mistake, ...]:
    """The mistake whose output is exactly this one."""
    return tuple(m for m in question.mistakes if m.function is not None and _gives(question, m.function, trained))[:1]


def _gives(question: ModelQuestion, function: Callable[..., Any], trained: Trained) -> bool:
    return difference(question, function(*live_args(trained.args)), trained.outcome.value) is None


def _no_score(question: ModelQuestion, base: CheckResult, trained: Trained) -> CheckResult:
    outcome = trained.outcome
    status, summary = trouble_in(outcome) or (FAILED, f"The predictions cannot be scored: {trained.malformed}.")
    if outcome.kind == "timeout":
        limit = f"{question.time_limit:g} s"
        status, summary = ERROR, f"The training did not end within {limit}. Train for fewer steps, or a smaller model."
    if outcome.kind == "type":
        summary = f"The predictions cannot be scored: expected NumPy arrays, got {outcome.got}."
    error = outcome.error if status != MISSING else None
    return replace(base, status=status, summary=summary, property="predictions-usable", error=error)


def _scored(exercise: Exercise, question: ModelQuestion, base: CheckResult, trained: Trained) -> CheckResult:
    reached = [trained.reaches(level) for level in question.levels]
    lines = tuple(
        PropertyLine(level.id, level.statement, "holds" if held else "fails", level.points * held, level.points)
        for level, held in zip(question.levels, reached, strict=True)
    )
    points = sum(line.points for line in lines)
    yours, naive = f"{trained.score:.4g}", f"{trained.baseline:.4g}"
    score = f"On hidden data: {question.score_name} {yours}; {question.baseline_name} has {naive}."
    base = replace(base, points=points, lines=lines, notes=tuple(_needed(question, trained)))
    if all(reached):
        return replace(base, status=PASSED, section=None, summary=score)
    mistakes = planted(question, trained)
    named = tuple(named_mistake(exercise, question, mistake) for mistake in mistakes)
    first = next(level for level, held in zip(question.levels, reached, strict=True) if not held)
    return replace(
        base, status=FAILED, summary=score, property=first.id, mistakes=tuple(m.id for m in mistakes), named=named,
        section=named[0].section if named else question.section,
    )  # fmt: skip


def _needed(question: ModelQuestion, trained: Trained) -> list[str]:
    """What each level that was missed asks for."""
    missed = [level for level in question.levels if not trained.reaches(level)]
    return [f"Needed for the next points: at most {missed[0].share * trained.baseline:.4g}."] if missed else []
