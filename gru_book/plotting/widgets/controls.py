"""The controls of a figure: what can be set, from where to where, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from gru_book.errors import ArgumentError
from gru_book.params import describe


@dataclass(frozen=True)
class Slider:
    """A number between `low` and `high`, in steps of `step`.

    Attributes:
        name: the keyword under which the figure gets it.
        label: what stands beside the slider, and what a screen reader calls it; no mathematics.
        default: where it stands at first, and in the static figure.

    Raises ArgumentError: the default is not one of the steps, or the ends are not.
    """

    name: str
    label: str
    low: float
    high: float
    step: float
    default: float

    def __post_init__(self) -> None:
        if not self.step > 0 or not self.low < self.high or self._nearest(self.high) != self.high:
            raise ArgumentError(
                "low, high, step", "low < high, whole steps apart", f"{self.low}, {self.high}, {self.step}"
            )
        if not isinstance(self.default, (int, float)) or self.value_of(self.default) != self.default:
            raise ArgumentError(
                self.name,
                f"a number from {self.low:g} to {self.high:g} in steps of {self.step:g}",
                describe(self.default),
            )

    @property
    def digits(self) -> int:
        """Digits after the point that tell the steps apart."""
        return len(f"{self.step:.10f}".rstrip("0").partition(".")[2])

    @property
    def extremes(self) -> tuple[float, float]:
        """Its two ends."""
        return self.low, self.high

    def value_of(self, value: object) -> float:
        """The allowed number nearest to `value`. Raises ArgumentError: it is no finite number."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
            raise ArgumentError(self.name, f"a number from {self.low:g} to {self.high:g}", describe(value))
        return self._nearest(min(max(value, self.low), self.high))

    def _nearest(self, value: float) -> float:
        return float(round(self.low + round((value - self.low) / self.step) * self.step, 10))

    def described(self) -> dict[str, Any]:
        """What the page needs to draw it, JSON-ready."""
        facts = {"name": self.name, "label": self.label, "low": self.low, "high": self.high, "step": self.step}
        return {"kind": "slider", "digits": self.digits, **facts}


@dataclass(frozen=True)
class Choice:
    """One of several options: value -> what the page calls it. Errors and attributes as of `Slider`."""

    name: str
    label: str
    options: Mapping[str, str]
    default: str

    def __post_init__(self) -> None:
        self.value_of(self.default)

    @property
    def extremes(self) -> tuple[str, ...]:
        """All of its options."""
        return tuple(self.options)

    def value_of(self, value: object) -> str:
        """`value`, if it is an option. Raises ArgumentError: it is not."""
        if not isinstance(value, str) or value not in self.options:
            raise ArgumentError(self.name, "one of " + ", ".join(self.options), describe(value))
        return value

    def described(self) -> dict[str, Any]:
        """What the page needs to draw it, JSON-ready."""
        options = [{"value": value, "label": label} for value, label in self.options.items()]
        return {"kind": "choice", "name": self.name, "label": self.label, "options": options}


Control: TypeAlias = Slider | Choice
