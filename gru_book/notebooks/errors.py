"""What goes wrong with a notebook: one line that names the file."""

from __future__ import annotations

from gru_book.errors import GRUBookError


class NotebookError(GRUBookError):
    """A notebook or its text cannot be read, run or written.

    Attributes:
        file: the file's name, as the caller gave it.
        problem: what is wrong, on one line.
    """

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(file, problem)
        self.file = file
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}"
