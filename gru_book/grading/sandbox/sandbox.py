"""The workers behind the trust boundary: one warm process, and a jailed child for each submission."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from gru_book.errors import ArgumentError
from gru_book.grading.errors import CheckError
from gru_book.grading.outcome import Outcome
from gru_book.grading.runners import CellReport, CellRunner, Link, NotebookRunner
from gru_book.grading.sandbox.budget import Budget, OutOfTimeError
from gru_book.grading.sandbox.errors import InfrastructureError, SandboxUnavailable, needs_linux
from gru_book.grading.sandbox.limits import Limits

if TYPE_CHECKING:  # the rest needs what only Linux has, and is loaded with the first jail
    from gru_book.grading.sandbox.channel import Channel
    from gru_book.grading.sandbox.zygote import Zygote

Isolation = Literal["bubblewrap", "none"]
STARTS = 3
"""How often a warm process is started that somebody kills while it starts."""
GUARDS = frozenset({"mounts", "network", "limits", "seccomp"})
"""The protections that a test may leave out, one at a time, to prove that each does something."""


class JailedRunner(CellRunner):
    """Runs one submission's cells in a jail that holds nothing but the exercise's modules.

    Raises, from `load`, `call` and `value`:
        InfrastructureError: the jail ended or could not start: run the submission again.
    """

    def __init__(self, sandbox: Sandbox, cells: list[dict[str, Any]]) -> None:
        super().__init__(cells, sandbox.modules)
        self.isolation = sandbox.description
        self.cell_limit = self.setup_limit = sandbox.limits.cell  # the warm process has imported everything
        self._sandbox = sandbox
        self._budget = Budget(sandbox.limits.submission)

    def _start(self) -> Link:
        if self._budget.left <= 0:
            raise OutOfTimeError
        return self._sandbox.child(self._budget)

    def load(self) -> None:
        """Execute the cells; those for which no time is left count as cells that did not end in time."""
        try:
            super().load()
        except OutOfTimeError:
            for cell in self._sources:
                self.cells.setdefault(cell["index"], CellReport(timeout=True))
        except CheckError as error:
            raise InfrastructureError(error.message) from None

    def call(self, question: str, args: dict[str, Any], limit: float) -> Outcome:
        self.load()
        if self._pipe is None:
            return Outcome("timeout", seconds=limit)
        try:
            return super().call(question, args, limit)
        except OutOfTimeError:
            self.close()
            return Outcome("timeout", seconds=limit)

    def value(self, question: str) -> Outcome:
        self.load()
        out_of_time = Outcome("died", got="the notebook used all the time that it may take")
        if self._pipe is None:
            return out_of_time
        try:
            return super().value(question)
        except OutOfTimeError:
            self.close()
            return out_of_time


class Sandbox:
    """Holds one warm process with the exercise's modules, and gives a runner for each submission.

    Args:
        modules: what a submission may import beside the standard library, as an exercise lists it.
        isolation: "bubblewrap", or "none": a plain process that runs as you, with your files and your network.
        limits: what one submission may use.
        without: guards to leave out, for tests that prove them; `description` says so.

    Attributes:
        description: how far a submission is kept away from everything else; a runner's `isolation`.

    Raises, when it is entered:
        SandboxUnavailable: bubblewrap or the seccomp library is missing, or the system refuses namespaces.
    """

    def __init__(
        self,
        modules: tuple[str, ...],
        *,
        isolation: Isolation = "bubblewrap",
        limits: Limits | None = None,
        without: frozenset[str] = frozenset(),
    ) -> None:
        if isolation not in ("bubblewrap", "none"):
            raise ArgumentError("isolation", '"bubblewrap" or "none"', repr(isolation))
        if without - GUARDS:
            raise ArgumentError("without", f"some of {', '.join(sorted(GUARDS))}", ", ".join(sorted(without)))
        self.modules = tuple(modules)
        self.limits = limits if limits is not None else Limits()
        self.isolation = isolation
        lacking = f" without {', '.join(sorted(without))}" if without else ""
        self.description = "none: a separate process" if isolation == "none" else f"bubblewrap{lacking}"
        self._without = without
        self._zygote: Zygote | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        if self.isolation == "bubblewrap":
            self._warm()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the warm process and everything that it made."""
        with self._lock:
            zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.close()

    def runner(self, cells: list[dict[str, Any]]) -> CellRunner:
        """A runner of one submission's cells; nothing starts before its `load`. Close it when done."""
        if self.isolation == "bubblewrap":
            return JailedRunner(self, cells)
        runner = NotebookRunner(cells, self.modules)
        runner.isolation = self.description
        runner.cell_limit = self.limits.cell
        return runner

    def child(self, budget: Budget) -> Channel:
        """A jailed child; a warm process that is gone is started again. Raises InfrastructureError."""
        try:
            return self._child(budget)
        except InfrastructureError:
            return self._child(budget)  # the warm process may have ended since its last child; this one is new

    def _child(self, budget: Budget) -> Channel:
        try:
            zygote = self._warm()
        except SandboxUnavailable as error:
            raise InfrastructureError(str(error)) from None
        from gru_book.grading.sandbox.channel import Channel

        try:
            return Channel(zygote, self.limits, budget)
        except InfrastructureError:
            self._lose(zygote)
            raise

    def _warm(self) -> Zygote:
        needs_linux()
        from gru_book.grading.sandbox.zygote import Zygote

        with self._lock:
            if self._zygote is not None and not self._zygote.alive:
                self._zygote.close()
                self._zygote = None
            for starts_left in reversed(range(STARTS)):
                if self._zygote is not None:
                    break
                try:
                    self._zygote = Zygote(self.modules, self.limits, self._without)
                except SandboxUnavailable as error:
                    if not error.passing or not starts_left:
                        raise
            assert self._zygote is not None
            return self._zygote

    def _lose(self, zygote: Zygote) -> None:
        """Let go of a warm process that failed; the next submission gets another."""
        with self._lock:
            if self._zygote is zygote:
                self._zygote = None
        zygote.close()
