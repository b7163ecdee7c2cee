"""Points for an answer: each property of the question, on inputs drawn from a seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from gru_book.grading.compare import Difference, difference
from gru_book.grading.outcome import Outcome
from gru_book.grading.spec import (
    UNCHANGED,
    Args,
    FunctionQuestion,
    PlotQuestion,
    Property,
    Question,
    Source,
    draw_input,
)

CASES = 6
"""Inputs a property is tried on; the last two of any size, those before adversarial."""
CASES_OF_FIGURES = 4
"""As many for a figure, which takes long to draw and shows many numbers."""
OF_ANY_SIZE = 2

Call = Callable[[Args], Outcome]


@dataclass(frozen=True)
class Trial:
    """One input, what the answer made of it, and what was expected."""

    args: Args
    outcome: Outcome
    expected: Any


@dataclass(frozen=True)
class Failure:
    """Why a property does not hold: the trial that shows it, and the difference (None: there was no output)."""

    trial: Trial
    difference: Difference | None


@dataclass(frozen=True)
class Verdict:
    """What became of one property; `failure` is None when it holds, `tried` False when it was not reached.

    `counts` is False for one that holds but earns nothing, since one that it needs does not hold.
    """

    prop: Property
    failure: Failure | None = None
    tried: bool = True
    counts: bool = True

    @property
    def holds(self) -> bool:
        return self.tried and self.failure is None

    @property
    def points(self) -> float:
        return self.prop.points if self.holds and self.counts else 0.0


@dataclass(frozen=True)
class Judgement:
    """All properties of one question, and the trials that were made on the way."""

    question: FunctionQuestion
    verdicts: tuple[Verdict, ...]
    trials: tuple[Trial, ...] = field(default=())

    @property
    def points(self) -> float:
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def first_failure(self) -> Verdict | None:
        return next((verdict for verdict in self.verdicts if verdict.failure), None)


def seeded(question: Question, *seed: int) -> np.random.Generator:
    """The random numbers of one question under one seed; no question sees another's."""
    return np.random.default_rng([*seed, zlib.crc32(question.id.encode())])


@lru_cache(maxsize=8192)
def inputs_of(question: FunctionQuestion, index: int, seed: int) -> tuple[tuple[Args, Any], ...]:
    """The inputs of the question's property number `index` under one seed, each with the expected output."""
    rng, given = seeded(question, seed, index), question.properties[index].given
    cases = CASES_OF_FIGURES if isinstance(question, PlotQuestion) else CASES
    drawn = [given(draw_input(question.inputs, rng, adversarial=case < cases - OF_ANY_SIZE)) for case in range(cases)]
    return tuple((args, question.expected(copy_args(args))) for args in drawn)


def judge(question: FunctionQuestion, call: Call, seed: int) -> Judgement:
    """Try every property. After a time limit or a crash the rest is not tried: each trial would cost as much.

    Nor is UNCHANGED when another property failed: to change nothing is no merit of a wrong result.
    """
    verdicts: list[Verdict] = []
    trials: list[Trial] = []
    stopped = False
    for index, prop in enumerate(question.properties):
        if stopped or (prop.id == UNCHANGED and any(verdict.failure for verdict in verdicts)):
            verdicts.append(Verdict(prop, tried=False))
            continue
        failure = _first_failure(question, index, call, seed, trials)
        verdicts.append(Verdict(prop, failure))
        stopped = failure is not None and failure.trial.outcome.kind in ("timeout", "died")
    held = {verdict.prop.id for verdict in verdicts if verdict.holds}
    counted = tuple(replace(verdict, counts=set(verdict.prop.needs) <= held) for verdict in verdicts)
    return Judgement(question, counted, tuple(trials))


def _first_failure(
    question: FunctionQuestion, index: int, call: Call, seed: int, trials: list[Trial]
) -> Failure | None:
    for args, expected in inputs_of(question, index, seed):
        trial = Trial(args, call(copy_args(args)), expected)
        trials.append(trial)
        failure = failure_of(question, question.properties[index], trial)
        if failure is not None:
            return failure
    return None


def try_property(question: FunctionQuestion, prop: Property, call: Call, args: Args) -> Failure | None:
    """Call the answer once; None if the property holds on this input."""
    return failure_of(question, prop, Trial(args, call(copy_args(args)), question.expected(copy_args(args))))


def failure_of(question: FunctionQuestion, prop: Property, trial: Trial) -> Failure | None:
    """None if the property holds in this trial."""
    if trial.outcome.kind != "value":
        return Failure(trial, None)
    if prop.id == UNCHANGED and trial.outcome.changed:
        changed = ", ".join(trial.outcome.changed)
        return Failure(trial, Difference("changed", f"the call changed its argument {changed}"))
    found = (viewed_difference if prop.holds is None else stated_difference)(question, prop, trial)
    return None if found is None else Failure(trial, found)


def stated_difference(question: FunctionQuestion, prop: Property, trial: Trial) -> Difference | None:
    """What the property's own `holds` says of an output; one of another type or shape differs as such."""
    assert prop.holds is not None
    got = question.received(trial.outcome.value)
    if trial.expected is not None:
        malformed = difference(question, trial.expected, got)
        if malformed is not None and malformed.kind != "value":
            return malformed
    words = prop.holds(copy_args(trial.args), trial.expected, got)
    return None if words is None else Difference("property", words)


def viewed_difference(question: FunctionQuestion, prop: Property, trial: Trial) -> Difference | None:
    """How the judged part of the output differs; a malformed output differs as a whole."""
    received = question.received(trial.outcome.value)
    whole = difference(question, trial.expected, received)
    if whole is None or whole.kind != "value":
        return whole
    expected, got = (prop.view(trial.args, value) for value in (trial.expected, received))
    if isinstance(expected, tuple) or expected is trial.expected:
        return whole
    if np.allclose(got, expected, rtol=question.rtol, atol=question.atol, equal_nan=True):
        return None
    return whole


def live_args(args: Args, *, copied: bool = True) -> list[Any]:
    """The arguments of a direct call, functions made of their sources; the arrays are copies if `copied`."""
    values = (copy_args(args) if copied else args).values()
    return [value.function() if isinstance(value, Source) else value for value in values]


def copy_args(args: Args) -> Args:
    """Fresh arrays, so that nobody's change reaches another."""
    return {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in args.items()}
