"""From an answer of any kind to a CheckResult."""

from __future__ import annotations

from dataclasses import replace

from gru_book.grading.effort import WAITING, Effort
from gru_book.grading.errors import ExerciseError
from gru_book.grading.function_answer import check_function
from gru_book.grading.model_answer import check_model
from gru_book.grading.result import CheckResult, blank
from gru_book.grading.runners import Runner
from gru_book.grading.spec import Exercise, FunctionQuestion, ModelQuestion, Question, ValueQuestion
from gru_book.grading.value_answer import check_value

CHECK_SEED = 0
"""Feedback is repeatable: the same answer meets the same inputs."""


def check_question(
    exercise: Exercise, question: Question, runner: Runner, seed: int = CHECK_SEED, effort: Effort = WAITING
) -> CheckResult:
    """Judge one answer, which `runner` holds, and say what is wrong with it.

    The inputs that it meets are drawn from `seed`; `effort` bounds the search for an explanation.
    """
    if isinstance(question, ValueQuestion):
        return check_value(exercise, question, runner.value(question.id), seed)
    if isinstance(question, ModelQuestion):
        return check_model(exercise, question, runner, seed)
    if isinstance(question, FunctionQuestion):
        return check_function(exercise, question, runner, seed, effort)
    raise ExerciseError(f"{exercise.id}: question {question.id} is of an unknown kind {type(question).__name__}")


def unanswered(exercise: Exercise, question: Question, status: str, summary: str) -> CheckResult:
    """A result with no points for an answer that could not be had at all."""
    return replace(blank(exercise, question), status=status, property="answer-present", summary=summary)
