"""Two mistakes at once: never a wrong name, and nearly always the right two."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pytest

from gru_book.grading.compare import difference
from gru_book.grading.diagnose import diagnose
from gru_book.grading.exercises import find_exercises
from gru_book.grading.judge import judge, live_args
from gru_book.grading.proof import direct_call
from gru_book.grading.reference import Model, pair_models, single_models
from gru_book.grading.spec import Exercise, FunctionQuestion, draw_input

BOOK = Path(__file__).parents[2]
EXERCISES = find_exercises(BOOK / "exercises")
PAIRS = int(os.environ.get("GRU_BOOK_PROOF_PAIRS", "20"))
"""Pairs tried an exercise; `make nightly` tries 100."""
FRESH = 1000
NAMED_SHARE = 0.8


def pairs(exercise: Exercise) -> list[tuple[FunctionQuestion, Model]]:
    """A sample of all the exercise's double mistakes, the same in every run."""
    questions = [q for q in exercise.questions if isinstance(q, FunctionQuestion)]
    every = [(q, model) for q in questions for model in pair_models(exercise, q)]
    order = np.random.default_rng(0).permutation(len(every))
    return [every[index] for index in order[:PAIRS]]


def outputs_differ(question: FunctionQuestion, one: Model, other: Model) -> bool:
    """Whether two mistaken answers differ on fresh inputs."""
    rng = np.random.default_rng(1)
    for case in range(FRESH):
        prop = question.properties[case % len(question.properties)]
        args = prop.given(draw_input(question.inputs, rng, adversarial=case % 2 == 0))
        a, b = (direct_call(model.function)(dict(args)) for model in (one, other))
        if a.kind != b.kind or (a.kind == "raised" and str(a.error) != str(b.error)):
            return True
        if a.kind == "value" and difference(question, question.received(a.value), question.received(b.value)):
            return True
    return False


def same_as_reference(question: FunctionQuestion, model: Model) -> bool:
    """Whether two mistakes cancel: then there is nothing to name."""
    return judge(question, direct_call(model.function), 0).points == question.points


def named_model(exercise: Exercise, question: FunctionQuestion, names: set[str]) -> Model:
    models = itertools.chain(single_models(exercise, question), pair_models(exercise, question))
    return next(model for model in models if {mistake.id for mistake in model.mistakes} == names)


@pytest.mark.parametrize("exercise", EXERCISES, ids=[exercise.id for exercise in EXERCISES])
def test_double_mistakes(exercise: Exercise) -> None:
    tried = named = 0
    wrong: list[str] = []
    for question, model in pairs(exercise):
        if same_as_reference(question, model):
            continue
        call = direct_call(model.function)
        found = {mistake.id for mistake in diagnose(exercise, judge(question, call, 0), call, 0)}
        planted = {mistake.id for mistake in model.mistakes}
        tried += 1
        if found == planted:
            named += 1
        elif found and outputs_differ(question, model, named_model(exercise, question, found)):
            wrong.append(f"{question.id}: {sorted(planted)} named {sorted(found)}")
        elif found:
            named += 1  # the same function under another name: right as it stands
    assert wrong == []
    assert tried >= min(PAIRS, 10) * 0.8
    assert named >= NAMED_SHARE * tried, f"{named} of {tried}"


def test_a_wrong_name_would_be_seen() -> None:
    exercise = next(exercise for exercise in EXERCISES if exercise.id.startswith("05"))
    question = exercise.function_question("05.3")
    one, other = single_models(exercise, question)[:2]
    assert outputs_differ(question, one, other)
    assert not outputs_differ(question, one, one)
    args = draw_input(question.inputs, np.random.default_rng(0), adversarial=True)
    assert difference(question, question.oracle(**args), one.function(*live_args(args))) is not None
