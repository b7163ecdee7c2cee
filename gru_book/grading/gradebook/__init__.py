"""The gradebook: every attempt of a class, its feedback and the keys behind it, in SQLite or PostgreSQL.

    with Gradebook.open("gradebook.db") as book:
        run = book.start_or_resume("05_gru_forward", 1)
        lease = book.lease(run)
        book.record(run, attempt, lease=lease, submission=data)

`Attempt` is plain data and needs no database; the rest is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gru_book.grading.gradebook.attempt import GRADED, INFRASTRUCTURE, REFUSED, Attempt
from gru_book.grading.gradebook.errors import GradebookError, LeaseHeldError, LeaseLostError

if TYPE_CHECKING:
    from gru_book.grading.gradebook.leases import Lease
    from gru_book.grading.gradebook.regrades import Regrade
    from gru_book.grading.gradebook.runs import Run
    from gru_book.grading.gradebook.store import Gradebook, Recorded

__all__ = [
    "GRADED",
    "INFRASTRUCTURE",
    "REFUSED",
    "Attempt",
    "Gradebook",
    "GradebookError",
    "Lease",
    "LeaseHeldError",
    "LeaseLostError",
    "Recorded",
    "Regrade",
    "Run",
]

DEFERRED = {
    "Gradebook": "store",
    "Recorded": "store",
    "Lease": "leases",
    "Regrade": "regrades",
    "Run": "runs",
}


def __getattr__(name: str) -> Any:
    import importlib

    if name not in DEFERRED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = importlib.import_module(f"{__name__}.{DEFERRED[name]}")
    except ModuleNotFoundError as error:
        if error.name not in ("sqlalchemy", "alembic"):
            raise
        mend = "Install it: pip install 'gru-book[grade]'"
        raise GradebookError("needs", "gradebook", f"it needs the package {error.name}", mend) from None
    return getattr(module, name)
