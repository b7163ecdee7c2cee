"""The time of one submission."""

from __future__ import annotations


class OutOfTimeError(Exception):
    """A submission has used all the seconds that it may take."""


class Budget:
    """The seconds by the clock that one submission still has; only waiting for it counts."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds
