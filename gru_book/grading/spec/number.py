"""A number with a tolerance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gru_book.grading.spec.value import Judged, ValueQuestion, kind_of


@dataclass(frozen=True, eq=False, kw_only=True)
class NumberQuestion(ValueQuestion):
    """A number. A known mistake is named when its value, and no other mistake's, is what came.

    Attributes:
        expected: the right number.
        rtol, atol: right when |got - expected| <= atol + rtol * |expected|.
        unit: in words, e.g. ``"steps"``.
    """

    expected: float
    rtol: float = 1e-3
    atol: float = 0.0
    unit: str = ""

    @property
    def statement(self) -> str:
        exact = self.rtol == 0 and self.atol == 0
        return f"{self.name} is the right number" + ("." if exact else ", within the tolerance.")

    def judge(self, value: Any, seed: int = 0) -> Judged:
        number = _number(value)
        if number is None:
            return Judged(0.0, f"Expected a number, got {kind_of(value)}: {str(value)[:60]}", malformed=True)
        if self._close(number, self.expected):
            return Judged(1.0, f"{self._say(number)} is right.")
        found = [m for m in self.mistakes if isinstance(m.value, (int, float)) and self._close(number, m.value)]
        named = tuple(found) if len(found) == 1 else ()
        return Judged(0.0, f"{self._say(number)} is not the number that is asked for.", named)

    def _close(self, number: float, expected: float) -> bool:
        return math.isfinite(number) and abs(number - expected) <= self.atol + self.rtol * abs(expected)

    def _say(self, number: float) -> str:
        return f"{number:.6g} {self.unit}".rstrip()


def _number(value: Any) -> float | None:
    """A real number, also as an array of one entry; None for anything else."""
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "fiu":
        return float(value.reshape(()))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return None
