"""A short written answer, which a person marks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gru_book.grading.spec.base import Property
from gru_book.grading.spec.value import Judged, ValueQuestion, kind_of


@dataclass(frozen=True, eq=False, kw_only=True)
class WrittenQuestion(ValueQuestion):
    """A short text. The check counts its words; the points are a person's to give.

    Attributes:
        words: (fewest, most).
        rubric: what a full answer says, a line each; for the person who marks.
    """

    points: float = field(default=0.0, init=False)
    words: tuple[int, int] = (10, 200)
    rubric: tuple[str, ...] = ()

    @property
    def statement(self) -> str:
        return f"{self.name} has {self.words[0]} to {self.words[1]} words."

    @property
    def parts(self) -> tuple[Property, ...]:
        return ()

    def judge(self, value: Any, seed: int = 0) -> Judged:
        if not isinstance(value, str):
            return Judged(0.0, f"Expected a text, got {kind_of(value)}.", malformed=True)
        count, (fewest, most) = len(value.split()), self.words
        if not fewest <= count <= most:
            return Judged(0.0, f"Expected {fewest} to {most} words, got {count}.")
        return Judged(1.0, f"{count} words. A person will read them and give up to {self.manual_points:g} points.")
