"""Errors of the grading engine; none of them is a student's mistake in an answer."""

from __future__ import annotations

from gru_book.errors import GRUBookError


class ExerciseError(GRUBookError):
    """An exercise folder is broken: its author has to mend it. The message names the file."""


class CheckError(GRUBookError):
    """A notebook could not be checked at all.

    Attributes:
        code: a short stable word, e.g. ``"not_json"``.
        message: one line that says what was expected and what was found.
        file: the file in question.
    """

    def __init__(self, code: str, message: str, file: str) -> None:
        super().__init__(code, message, file)
        self.code = code
        self.message = message
        self.file = file

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"
