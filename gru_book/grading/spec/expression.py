"""A derivation entered as an expression."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gru_book.grading.algebra import Formula, FormulaError, parse, proven_equal
from gru_book.grading.errors import ExerciseError
from gru_book.grading.spec.base import Mistake
from gru_book.grading.spec.value import Judged, ValueQuestion, kind_of
from gru_book.grading.text import visible

POINTS = 60
"""Points at which two expressions are compared."""
RTOL = 1e-8


@dataclass(frozen=True, eq=False, kw_only=True)
class ExpressionQuestion(ValueQuestion):
    """A formula in given letters, as text. Right if it is the same function; algebra confirms it where it can.

    Attributes:
        expected: the right formula.
        symbols: the letters that may be used, name -> meaning.
        definitions: letters that stand for a formula in the others, e.g. ``{"z": "sigmoid(a_z)"}``: with it,
            z * (1 - z) and the derivative of sigmoid(a_z) are the same.
        ranges: name -> (low, high) of the numbers that are tried for a letter; default -2 to 2.
    """

    expected: str
    symbols: Mapping[str, str]
    definitions: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            for text in (self.expected, *self.definitions.values(), *(str(m.value) for m in self.mistakes)):
                parse(text, self.symbols)
        except FormulaError as error:
            raise ExerciseError(f"question {self.id}: {error}") from None

    @property
    def statement(self) -> str:
        return f"{self.name} is the right expression."

    @cached_property
    def _definitions(self) -> dict[str, Formula]:
        return {name: parse(text, self.symbols) for name, text in self.definitions.items()}

    def _points(self, seed: int) -> dict[str, Any]:
        """Numbers for every letter; those that are defined follow from the others."""
        if seed not in self._drawn:
            self._drawn.clear()  # a class is judged under one seed
            self._drawn[seed] = self._draw(seed)
        return self._drawn[seed]

    @cached_property
    def _drawn(self) -> dict[int, dict[str, Any]]:
        return {}

    def _draw(self, seed: int) -> dict[str, Any]:
        own = zlib.crc32(self.id.encode())
        rng = np.random.default_rng([seed, own] if seed else own)
        free = [name for name in self.symbols if name not in self.definitions]
        values: dict[str, Any] = {name: rng.uniform(*self.ranges.get(name, (-2.0, 2.0)), POINTS) for name in free}
        for name, formula in self._definitions.items():
            values[name] = formula.evaluate(values)
        return values

    def _at_points(self, formula: Formula, seed: int) -> np.ndarray[Any, Any]:
        return np.broadcast_to(np.asarray(formula.evaluate(self._points(seed)), float), POINTS)

    @cached_property
    def _expected(self) -> Formula:
        return parse(self.expected, self.symbols)

    def judge(self, value: Any, seed: int = 0) -> Judged:
        if not isinstance(value, str):
            return Judged(0.0, f"Expected an expression as text, in quotes, got {kind_of(value)}.", malformed=True)
        try:
            formula = parse(value, self.symbols)
            got = self._at_points(formula, seed)
        except FormulaError as error:
            return Judged(0.0, f"Your expression cannot be read: {visible(str(error))}.", malformed=True)
        same = self._same(got, self._at_points(self._expected, seed))
        if same.all():
            return Judged(1.0, self._why_right(formula))
        return self._wrong(got, int(np.argmin(same)), seed)

    def _why_right(self, formula: Formula) -> str:
        if proven_equal(formula, self._expected, self._definitions):
            return "Right: algebra shows that it is the same function."
        return f"Right: it agrees with the reference at {POINTS} points."

    def _wrong(self, got: np.ndarray[Any, Any], at: int, seed: int) -> Judged:
        args = tuple((name, f"{float(values[at]):.4f}") for name, values in self._points(seed).items())
        expected = float(self._at_points(self._expected, seed)[at])
        mistakes = tuple(m for m in self.mistakes if self._is(got, m, seed))[:1]
        summary = "It is another function than the one that is asked for."
        return Judged(0.0, summary, mistakes, args=args, got=f"{float(got[at]):.6g}", expected=f"{expected:.6g}")

    def _is(self, got: np.ndarray[Any, Any], mistake: Mistake, seed: int) -> bool:
        return bool(self._same(got, self._at_points(parse(str(mistake.value), self.symbols), seed)).all())

    @staticmethod
    def _same(got: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        same: np.ndarray[Any, Any] = np.isclose(got, expected, rtol=RTOL, atol=1e-10, equal_nan=True)
        return same
