"""Which known mistake an answer makes, if it makes one: never a guess.

A mistake is named when planting it in the reference gives the student's very outputs on every input tried,
first on the inputs that the properties drew, then on fresh ones. Singles are tried first, then pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

import numpy as np

from gru_book.grading.compare import agrees
from gru_book.grading.effort import WAITING, Effort
from gru_book.grading.judge import Call, Judgement, Trial, copy_args, live_args, seeded
from gru_book.grading.outcome import Outcome, StudentError
from gru_book.grading.reference import Model, pair_models, single_models
from gru_book.grading.spec import Args, Exercise, FunctionQuestion, Mistake, PlotQuestion, draw_input
from gru_book.grading.text import visible

FRESH_INPUTS = 40
"""Inputs on which a name is confirmed before it is said."""
MORE_TRUTHS = 10
"""Times as many for an answer that is True or False: each says little."""
FRESH_FIGURES = 10
"""Enough for a figure: each shows many numbers, and takes a hundred times as long to draw as a step to compute."""
MORE_ERRORS = 8
"""Further inputs for an answer that only raises: sizes have to differ before its words mean anything."""
FRESH_STREAM = 1_000_003
"""Keeps the fresh inputs apart from those of the properties, which have small numbers."""
RAN = 16_384
"""Outputs of models that are kept: everybody who is judged under one seed meets the same inputs."""


def diagnose(
    exercise: Exercise,
    judgement: Judgement,
    call: Call,
    seed: int,
    *,
    fresh: int = FRESH_INPUTS,
    effort: Effort = WAITING,
) -> tuple[Mistake, ...]:
    """The planted mistake, or the two, that give exactly this answer's outputs; empty if none does."""
    question = judgement.question
    trials = [trial for trial in judgement.trials if trial.outcome.kind in ("value", "raised")]
    count = _count_of_fresh(question, trials, fresh)
    if count * max((trial.outcome.seconds for trial in trials), default=0.0) > effort.confirm_seconds:
        return ()
    if trials and all(trial.outcome.kind == "raised" for trial in trials):
        trials += _fresh_trials(question, call, seed, MORE_ERRORS)
    if all(_agrees(question, trial) for trial in trials) or not _telling(trials):
        return ()
    trials.sort(key=lambda trial: _agrees(question, trial))  # a trial that fails rules most models out at once
    confirm = _Confirmation(question, call, seed, count)
    over = effort.models.start()
    for models in (single_models(exercise, question), pair_models(exercise, question)):
        for model in models:
            if _same_on(question, model, trials) and confirm(model):
                return model.mistakes
            if over():
                return ()
    return ()


def _count_of_fresh(question: FunctionQuestion, trials: list[Trial], fresh: int) -> int:
    """How many fresh inputs confirm a name: the less an output says, the more."""
    if isinstance(question, PlotQuestion):
        return min(fresh, FRESH_FIGURES)
    return fresh * (MORE_TRUTHS if all(_is_truth(trial.outcome.value) for trial in trials) else 1)


def _is_truth(value: object) -> bool:
    """Whether an output is True or False, as Python's own or as an array of one."""
    return isinstance(value, (bool, np.bool_)) or (isinstance(value, np.ndarray) and value.dtype == np.bool_)


def _telling(trials: list[Trial]) -> bool:
    """Whether the outcomes can tell mistakes apart: some value, or errors whose words change with the sizes."""
    errors = {str(trial.outcome.error) for trial in trials}
    return len(errors) > 1 or any(trial.outcome.kind == "value" for trial in trials)


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
    if trial.outcome.kind != "value" or trial.expected is None:
        return False
    return agrees(question, trial.expected, question.received(trial.outcome.value))


def _same_on(question: FunctionQuestion, model: Model, trials: Iterable[Trial]) -> bool:
    return all(_same(question, _output(question, model.function, trial.args), trial.outcome) for trial in trials)


class _Input:
    """Arguments as a key: the very same ones, which the inputs of one seed are. Holding them keeps their identity."""

    def __init__(self, args: Args) -> None:
        self.args = args

    def __hash__(self) -> int:
        return id(self.args)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Input) and other.args is self.args


def _output(question: FunctionQuestion, function: Callable[..., object], args: Args) -> object:
    return _kept_output(question, function, _Input(args))


@lru_cache(maxsize=RAN)
def _kept_output(question: FunctionQuestion, function: Callable[..., object], given: _Input) -> object:
    """A model's output; an exception is an output too, since an answer may raise the same."""
    try:
        with np.errstate(all="ignore"):
            return question.received(function(*live_args(given.args)))
    except Exception as error:
        return error.with_traceback(None)  # its frames would be kept with it


def _same(question: FunctionQuestion, model_output: object, outcome: Outcome) -> bool:
    if isinstance(model_output, Exception):
        return str(outcome.error) == str(StudentError(type(model_output).__name__, visible(str(model_output))))
    if outcome.kind != "value":
        return False
    return agrees(question, model_output, question.received(outcome.value))


def _fresh_trials(question: FunctionQuestion, call: Call, seed: int, count: int) -> Iterator[Trial]:
    for args in _fresh_inputs(question, seed, count):
        yield Trial(args, call(copy_args(args)), None)


@lru_cache(maxsize=64)
def _fresh_inputs(question: FunctionQuestion, seed: int, count: int) -> tuple[Args, ...]:
    rng, properties = seeded(question, seed, FRESH_STREAM), question.properties
    return tuple(
        properties[case % len(properties)].given(draw_input(question.inputs, rng, adversarial=case % 2 == 0))
        for case in range(count)
    )
