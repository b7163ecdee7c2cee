"""What goes wrong with a gradebook: one line that names it and says what to do."""

from __future__ import annotations

from gru_book.errors import GRUBookError


class GradebookError(GRUBookError):
    """The gradebook cannot be opened, read or written; what was recorded before is untouched.

    Attributes:
        kind: a short stable word, such as ``"disk_full"``; `trouble.py` lists them.
        place: the file, or the address with its password masked.
        problem: what is wrong, on one line.
        mend: what the reader can do about it, on one line; empty where nothing can be done.
    """

    def __init__(self, kind: str, place: str, problem: str, mend: str = "") -> None:
        super().__init__(kind, place, problem, mend)
        self.kind = kind
        self.place = place
        self.problem = problem
        self.mend = mend

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed later by itself: a lock that is held, a server that is away."""
        return self.kind in ("locked", "away")

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}" + (f". {self.mend}" if self.mend else "")


class LeaseHeldError(GradebookError):
    """Another grader works on this run."""


class LeaseLostError(GradebookError):
    """The lease was given back, or ran out and another grader has taken the run over: nothing was written."""
