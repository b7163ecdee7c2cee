"""Questions whose answer is a value: a number, an expression, a choice, a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gru_book.grading.spec.base import Mistake, Property, Question


@dataclass(frozen=True)
class Judged:
    """What a value is worth.

    Attributes:
        share: of the question's points, 0 to 1.
        summary: one or two sentences.
        mistakes: the misconceptions that give exactly this value.
        malformed: the value could not be judged (of another type, not an expression); the summary says why.
        notes: further sentences, such as the reason of each option that was chosen.
        args, got, expected, difference: where the two differ, as text, for a counterexample; `got` "" if there is none.
    """

    share: float
    summary: str
    mistakes: tuple[Mistake, ...] = ()
    malformed: bool = False
    notes: tuple[str, ...] = ()
    args: tuple[tuple[str, str], ...] = ()
    got: str = ""
    expected: str = ""
    difference: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class ValueQuestion(Question):
    """A variable of the notebook that is judged as it is; None means that it was not answered yet."""

    points: float

    @property
    def statement(self) -> str:
        """A full sentence, true of a right answer."""
        raise NotImplementedError

    @property
    def parts(self) -> tuple[Property, ...]:
        return (Property("answer-right", self.statement, self.points),)

    def judge(self, value: Any, seed: int = 0) -> Judged:
        """Judge a value, which holds only plain types and arrays (see wire.py).

        What is tried at drawn numbers draws them from `seed`.
        """
        raise NotImplementedError


def kind_of(value: Any) -> str:
    """What a value is, in words for a student."""
    names = {"str": "text", "float": "a number", "int": "a number", "bool": "True or False", "dict": "a dictionary"}
    return names.get(type(value).__name__, f"a {type(value).__name__}")
