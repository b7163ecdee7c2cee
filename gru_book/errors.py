"""The errors of the package: each says which argument, what was expected, and what came."""

from __future__ import annotations


class GRUBookError(Exception):
    """Base of every error that gru_book raises on purpose."""


class ArgumentError(GRUBookError, ValueError):
    """An argument does not fit.

    Attributes:
        argument: the argument's name, e.g. ``"x"``.
        expected: what the function accepts, e.g. ``"shape (T, B, 3)"``.
        got: what it received, e.g. ``"shape (5, 3)"``.
    """

    def __init__(self, argument: str, expected: str, got: str) -> None:
        super().__init__(argument, expected, got)
        self.argument = argument
        self.expected = expected
        self.got = got

    def __str__(self) -> str:
        return f"{self.argument}: expected {self.expected}, got {self.got}"


class ConversionError(ArgumentError):
    """A model has no function-exact equal in the other library; nothing was converted."""
