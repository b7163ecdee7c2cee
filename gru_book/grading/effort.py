"""How long a search for an explanation may go on: by the clock where a person waits, by count where a grade is made.

What a clock ends depends on the machine and on what else it does. A grade is explained in the same words wherever it
is made, so its searches end after so many steps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """The end of one search: after so many seconds, or so many steps, whichever comes first."""

    seconds: float = math.inf
    steps: float = math.inf

    def start(self) -> Callable[[], bool]:
        """A function that counts a step each time, and says whether the search is over."""
        deadline, taken = time.monotonic() + self.seconds, 0

        def over() -> bool:
            nonlocal taken
            taken += 1
            return taken > self.steps or time.monotonic() > deadline

        return over


@dataclass(frozen=True)
class Effort:
    """What may be spent on one wrong answer.

    Attributes:
        models: on the search for the mistake, or the two, that it makes; a step is a model that was tried.
        shrink: on the search for the smallest failing input; a step is an input that was tried.
        confirm_seconds: an answer whose calls would take longer than this in all is given no name.
        slow: an answer that took longer than this, in seconds, has its failing input shown as it is.
    """

    models: Limit
    shrink: Limit
    confirm_seconds: float = math.inf
    slow: float = math.inf


WAITING = Effort(models=Limit(seconds=1.5), shrink=Limit(seconds=0.3))
"""Feedback has to come at once."""

GRADING = Effort(models=Limit(steps=1200), shrink=Limit(steps=150), confirm_seconds=10.0, slow=0.5)
"""The same words on every machine; an answer that takes seconds a call does not hold up a class."""
