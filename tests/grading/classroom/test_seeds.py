"""Seeds follow from the run's key, and everything that is drawn follows from the seeds."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import numpy as np
import pytest

from gru_book.grading.classroom.seeds import seed_id, seed_of, seeds_of
from gru_book.grading.exercises import find_exercises, load_exercise
from gru_book.grading.judge import inputs_of
from gru_book.grading.outcome import Outcome
from gru_book.grading.reference import read_reference
from gru_book.grading.spec import Exercise, ExpressionQuestion, FunctionQuestion
from gru_book.grading.value_answer import check_value

EXERCISES = Path(__file__).resolve().parents[3] / "exercises"
KEY = bytes(range(32))


def test_a_seed_is_an_hmac() -> None:
    """By the definition of HMAC, written out."""
    message = b"gru-book seed 1\x0005_gru_forward\x003\x002"
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in KEY.ljust(64, b"\0")) + message).digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in KEY.ljust(64, b"\0")) + inner).digest()
    assert seed_of(KEY, "05_gru_forward", 3, 2) == int.from_bytes(outer[:16], "big")
    assert hmac.new(KEY, message, "sha256").digest() == outer


def test_every_part_counts() -> None:
    base = seed_of(KEY, "05_gru_forward", 1, 0)
    others = [
        seed_of(bytes(32), "05_gru_forward", 1, 0), seed_of(KEY, "06_gru_backward", 1, 0),
        seed_of(KEY, "05_gru_forward", 2, 0), seed_of(KEY, "05_gru_forward", 1, 1),
        seed_of(KEY, "05_gru_forward", 11, 0), seed_of(KEY, "05_gru_forward\0001", 1, 0),
    ]  # fmt: skip
    assert len({base, *others}) == 7
    assert seeds_of(KEY, "a", 1, 3) == tuple(seed_of(KEY, "a", 1, case) for case in range(3))
    assert seed_id(seeds_of(KEY, "a", 1, 3)) != seed_id(seeds_of(KEY, "a", 1, 4))


def test_the_inputs_follow_the_seed(leaky: Exercise) -> None:
    question = leaky.questions[0]
    assert isinstance(question, FunctionQuestion)
    drawn = {}
    for key in (KEY, bytes(32)):
        seed = seed_of(key, leaky.id, 1, 0)
        drawn[key] = [args["x_t"] for args, _ in inputs_of(question, 1, seed)]
        inputs_of.cache_clear()
        again = [args["x_t"] for args, _ in inputs_of(question, 1, seed)]
        assert all(map(np.array_equal, drawn[key], again))
    assert not any(map(np.array_equal, *drawn.values()))


def expressions() -> list[tuple[Exercise, ExpressionQuestion]]:
    return [
        (exercise, question)
        for exercise in find_exercises(EXERCISES)
        for question in exercise.questions
        if isinstance(question, ExpressionQuestion)
    ]


@pytest.mark.parametrize(("exercise", "question"), expressions(), ids=lambda value: getattr(value, "id", ""))
def test_expressions_are_right_and_wrong_under_every_seed(exercise: Exercise, question: ExpressionQuestion) -> None:
    """Their numbers are drawn from the seed too: no formula can be made to vanish at them."""
    right = read_reference(load_exercise(exercise.folder)).answer(question)
    shown = set()
    for case in range(30):
        seed = seed_of(KEY, exercise.id, 1, case)
        assert check_value(exercise, question, Outcome("value", value=right), seed).passed
        for mistake in question.mistakes:
            result = check_value(exercise, question, Outcome("value", value=mistake.value), seed)
            assert result.mistakes == (mistake.id,)
            assert result.counterexample is not None
            shown.add(result.counterexample.args)
    assert len(shown) > 20


def test_a_formula_made_for_known_numbers_fails_elsewhere() -> None:
    """Right at the 60 numbers that `check` uses, wrong at others: `check` cannot tell, a grade does."""
    question = ExpressionQuestion(
        id="90.9", name="f", title="", section="", equation="", points=1.0, expected="x", symbols={"x": "a number"},
        ranges={"x": (0.0, 1.0)},
    )  # fmt: skip
    known = question._points(0)["x"]
    exercise = Exercise(id="90_x", title="", questions=(question,), folder="x/y/z")
    numbers = np.sort(known)
    widest = int(np.argmax(np.diff(numbers)))
    middle, width = numbers[widest : widest + 2].mean(), numbers[widest + 1] - numbers[widest]
    # A peak between two neighbours of the known numbers, far below the tolerance at every one of them.
    forged = f"x + exp(-{200 / width**2:.0f} * (x - {middle:.6f}) ** 2)"
    assert check_value(exercise, question, Outcome("value", value=forged)).passed
    seeds = [seed_of(KEY, "90_x", 1, case) for case in range(20)]
    assert not all(check_value(exercise, question, Outcome("value", value=forged), seed).passed for seed in seeds)
