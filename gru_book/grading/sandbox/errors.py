"""What can go wrong with the jail, and is never the student's fault."""

from __future__ import annotations

import sys

from gru_book.errors import GRUBookError


class SandboxUnavailable(GRUBookError):
    """There is no sandbox to be had here.

    Attributes:
        why: what is missing, or what the system refused.
        mend: the one line that mends it.
        passing: nothing is known to be missing, so another start may do better.
    """

    def __init__(self, why: str, mend: str, *, passing: bool = False) -> None:
        super().__init__(why, mend)
        self.why = why
        self.mend = mend
        self.passing = passing

    def __str__(self) -> str:
        return f"no sandbox: {self.why}; mend: {self.mend}"


class InfrastructureError(GRUBookError):
    """The jail ended or could not start for reasons that are not the student's: try again, give no points for it."""


def needs_linux() -> None:
    """Raise SandboxUnavailable on another system."""
    if sys.platform != "linux":
        raise SandboxUnavailable(f"bubblewrap needs Linux, and this is {sys.platform}", "grade on a Linux machine")
