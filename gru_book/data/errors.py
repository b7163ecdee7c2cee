"""What goes wrong with a data set: one line that says what to do."""

from __future__ import annotations

from gru_book.errors import GRUBookError


class DataError(GRUBookError):
    """A data set cannot be had here, or is not what it should be.

    Attributes:
        dataset: which one, or which file of it.
        problem: what is wrong, on one line.
        mend: what the reader can do about it, on one line; empty where nothing can be done.
    """

    def __init__(self, dataset: str, problem: str, mend: str = "") -> None:
        super().__init__(dataset, problem, mend)
        self.dataset = dataset
        self.problem = problem
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.dataset}: {self.problem}" + (f". {self.mend}" if self.mend else "")
