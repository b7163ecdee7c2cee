"""`check(question, answer)`: what a student calls in a notebook."""

from __future__ import annotations

from pathlib import Path

from gru_book.grading import progress
from gru_book.grading.exercises import find_exercises, find_question
from gru_book.grading.question import check_question, unanswered
from gru_book.grading.result import ERROR, CheckResult
from gru_book.grading.runners import runner_for
from gru_book.grading.spec import ValueQuestion


def check(question: str, answer: object, *, exercises: Path | str | None = None) -> CheckResult:
    """Check an answer and say what is wrong with it.

    Args:
        question: the question's id, such as ``"05.1"``.
        answer: your function (not its result), or the variable that holds your value.
        exercises: the folder that holds the exercises; default: that of the book around the current folder.

    Returns:
        CheckResult, which a notebook shows as a panel. A student's error never raises: it is in the result.

    Raises:
        GRUBookError: there is no book here, or an exercise folder is broken.
    """
    found = find_question(question, exercises)
    if found is None:
        known = ", ".join(q.id for exercise in find_exercises(exercises) for q in exercise.questions)
        summary = f"There is no question {question!r}. Questions: {known}."
        return CheckResult(id=str(question), status=ERROR, points=0.0, max_points=0.0, property="question-known",
                           title="Unknown question", summary=summary)  # fmt: skip
    exercise, spec = found
    wants_value = isinstance(spec, ValueQuestion)
    if not wants_value and not callable(answer):
        got = f"Expected your function {spec.name}, got {type(answer).__name__}."
        summary = f"{got} Pass the function itself: check({spec.id!r}, {spec.name})."
        result = unanswered(exercise, spec, ERROR, summary)
    elif wants_value and callable(answer):
        summary = f"Expected your value {spec.name}, got a function. Pass the value: check({spec.id!r}, {spec.name})."
        result = unanswered(exercise, spec, ERROR, summary)
    else:
        runner = runner_for({spec.id: answer})
        try:
            result = check_question(exercise, spec, runner)
        finally:
            runner.close()
    progress.record(exercise, result)
    return result
