"""Which known mistake an answer makes, if it makes one: never a guess.

A mistake is named when planting it in the reference gives the student's very outputs on every input tried,
first on the inputs that the properties drew, then on fresh ones. Singles are tried first, then pairs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from gru_book.grading.compare import difference
from gru_book.grading.judge import Call, Judgement, Trial, copy_args, seeded
from gru_book.grading.outcome import Outcome
from gru_book.grading.reference import Model, pair_models, single_models
from gru_book.grading.spec import Args, Exercise, FunctionQuestion, Mistake, draw_input

FRESH_INPUTS = 40
"""Inputs on which a name is confirmed before it is said."""
BUDGET = 1.5
"""Seconds after which the search for pairs ends without a name."""


def diagnose(
    exercise: Exercise, judgement: Judgement, call: Call, seed: int, *, fresh: int = FRESH_INPUTS
) -> tuple[Mistake, ...]:
    """The planted mistake, or the two, that give exactly this answer's outputs; empty if none does."""
    question = judgement.question
    trials = [trial for trial in judgement.trials if trial.outcome.kind in ("value", "raised")]
    if all(_agrees(question, trial) for trial in trials) or not any(t.outcome.kind == "value" for t in trials):
        return ()
    trials.sort(key=lambda trial: _agrees(question, trial))  # a trial that fails rules most models out at once
    confirm = _Confirmation(question, call, seed, fresh)
    deadline = time.monotonic() + BUDGET
    for models in (single_models(exercise, question), pair_models(exercise, question)):
        for model in models:
            if _same_on(question, model, trials) and confirm(model):
                return model.mistakes
            if time.monotonic() > deadline:
                return ()
    return ()


class _Confirmation:
    """Whether a model gives the answer's outputs on fresh inputs too; they are drawn once, when first needed."""

    def __init__(self, question: FunctionQuestion, call: Call, seed: int, count: int) -> None:
        self._question, self._call, self._seed, self._count = question, call, seed, count
        self._trials: list[Trial] | None = None

    def __call__(self, model: Model) -> bool:
        if self._trials is None:
            self._trials = list(_fresh_trials(self._question, self._call, self._seed, self._count))
        return _same_on(self._question, model, self._trials)


def _agrees(question: FunctionQuestion, trial: Trial) -> bool:
    return trial.outcome.kind == "value" and difference(question, trial.expected, trial.outcome.value) is None


def _same_on(question: FunctionQuestion, model: Model, trials: Iterable[Trial]) -> bool:
    return all(_same(question, _run(model.function, trial.args), trial.outcome) for trial in trials)


def _run(function: Callable[..., object], args: Args) -> object:
    """A model's output; an exception is an output too, since an answer may raise the same."""
    try:
        with np.errstate(all="ignore"):
            return function(*copy_args(args).values())
    except Exception as error:
        return error


def _same(question: FunctionQuestion, model_output: object, outcome: Outcome) -> bool:
    if isinstance(model_output, Exception):
        return outcome.error is not None and outcome.error.type == type(model_output).__name__
    if outcome.kind != "value":
        return False
    return difference(question, model_output, outcome.value) is None


def _fresh_trials(question: FunctionQuestion, call: Call, seed: int, count: int) -> Iterator[Trial]:
    rng = seeded(question, seed + 1_000_003)
    for case in range(count):
        given = question.properties[case % len(question.properties)].given
        args = given(draw_input(question.inputs, rng, adversarial=case % 2 == 0))
        yield Trial(args, call(copy_args(args)), None)
