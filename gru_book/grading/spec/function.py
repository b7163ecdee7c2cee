"""A function that is judged against an oracle, or by what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gru_book.grading.spec.base import Args, Property, Question
from gru_book.grading.worker import sendable

UNCHANGED = "inputs-unchanged"
"""The id of a property that the engine knows: right results, and the arguments are left as they were."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """How to draw an input.

    Attributes:
        sizes: name -> (smallest, largest), both included; e.g. ``{"B": (1, 3), "H": (1, 4)}``.
        draw: ``draw(rng, **sizes) -> Args``. The same function serves random, adversarial and smallest
            inputs, which differ in their sizes alone.
    """

    sizes: Mapping[str, tuple[int, int]]
    draw: Callable[..., Args]


@dataclass(frozen=True, eq=False, kw_only=True)
class FunctionQuestion(Question):
    """A function that is judged against an oracle, or by properties that say themselves whether they hold.

    Attributes:
        returns: one name per returned array, e.g. ``("r_t",)`` or ``("output", "h_n")``.
        inputs: how to draw an input.
        oracle: ``oracle(**args)`` -> the right output; None where only the properties' own `holds` can judge.
        properties: in the order in which a student should get them right.
        rtol, atol: an answer agrees when |got - expected| <= atol + rtol * |expected| for every number.
        time_limit: seconds for one call.
    """

    returns: tuple[str, ...]
    inputs: Inputs
    oracle: Callable[..., Any]
    properties: tuple[Property, ...]
    rtol: float = 1e-5
    atol: float = 1e-6
    time_limit: float = 2.0

    @property
    def parts(self) -> tuple[Property, ...]:
        return self.properties

    @property
    def points(self) -> float:
        """What full marks are."""
        return sum(prop.points for prop in self.properties)

    def expected(self, args: Args) -> Any:
        """The right output for fresh `args`, in the form in which outputs are compared."""
        return self.oracle(**args)

    def received(self, value: Any) -> Any:
        """What came from the answer, in the form in which outputs are compared: tensors as arrays."""
        return sendable(value)


def draw_input(inputs: Inputs, rng: np.random.Generator, *, adversarial: bool) -> Args:
    """One input. Adversarial: no size is 1 where it may be more, and no two are equal where they need not be."""
    sizes: dict[str, int] = {}
    for name, (low, high) in inputs.sizes.items():
        choices = [n for n in range(low, high + 1) if not adversarial or (n > 1 and n not in sizes.values())]
        sizes[name] = int(rng.choice(choices or [high]))
    return inputs.draw(rng, **sizes)
