"""A model that the student trains, judged on data that it never saw, against a baseline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gru_book.grading.spec.base import Args, Property, Question


@dataclass(frozen=True)
class Level:
    """What a good model reaches, worth points of its own.

    Attributes:
        id, statement, points: as those of a Property.
        share: reached when the score is at most this share of the baseline's.
    """

    id: str
    statement: str
    points: float
    share: float


@dataclass(frozen=True, eq=False, kw_only=True)
class ModelQuestion(Question):
    """A function that trains a model and returns its predictions; it is called once, within a time budget.

    Attributes:
        returns: one name per returned array.
        draw: ``draw(rng) -> (args, hidden)``; the function gets `args`, and `hidden` stays with the grader.
        score: ``score(hidden, output)`` -> a number, the lower the better.
        score_name: what the score is, e.g. ``"mean squared error"``.
        baseline: ``baseline(args)`` -> a naive output of the right shape.
        baseline_name: e.g. ``"the mean of y_train"``.
        levels: from the easiest to the hardest.
        rtol, atol: how close two outputs are that count as the same, when a mistake is named.
        time_limit: seconds for the one call.
    """

    returns: tuple[str, ...]
    draw: Callable[[np.random.Generator], tuple[Args, Any]]
    score: Callable[[Any, Any], float]
    baseline: Callable[[Args], Any]
    levels: tuple[Level, ...]
    score_name: str = "score"
    baseline_name: str = "the baseline"
    rtol: float = 1e-5
    atol: float = 1e-6
    time_limit: float = 20.0

    @property
    def parts(self) -> tuple[Property, ...]:
        return tuple(Property(level.id, level.statement, level.points) for level in self.levels)

    @property
    def points(self) -> float:
        """What full marks are."""
        return sum(level.points for level in self.levels)
