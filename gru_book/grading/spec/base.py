"""What every question is made of, of whatever kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gru_book.grading.errors import ExerciseError

Args = dict[str, Any]
"""One input of a question: argument name -> array, number or Source, in the order of the call."""


@dataclass(frozen=True)
class Property:
    """One thing that a right answer does, worth points of its own.

    Attributes:
        id: short and stable, e.g. ``"padding-holds-the-state"``.
        statement: a full sentence that a student reads, true of a right answer.
        points: > 0.
        given: narrows an input to the case that this property is about; applied twice it changes nothing.
        view: the part of the output that is judged; default all of it.
        needs: ids of properties without which this one earns nothing: to flag bad gradients is no merit of a
            checker that flags them all.
        holds: ``holds(args, expected, output)`` -> None, or a sentence that says what is wrong; if given, it
            judges in place of the comparison with the oracle.
    """

    id: str
    statement: str
    points: float
    given: Callable[[Args], Args] = lambda args: args
    view: Callable[[Args, Any], Any] = lambda args, output: output
    holds: Callable[[Args, Any, Any], str | None] | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mistake:
    """A misconception, planted in the reference so that an answer with the same mistake can be named.

    Attributes:
        id: short and stable, e.g. ``"update-gate-swapped"``; what JSON reports.
        title: the mistake in a few words.
        why: one to three sentences: why it is a mistake, and how to see it.
        section: where to read again, ``"chapter#anchor"``; default the question's section.
        patch: pairs (old, new); each `old` occurs exactly once in the reference's source, and becomes `new`.
        function: instead of `patch`, the mistaken answer itself.
        value: instead of both, the mistaken number, expression or choice.
    """

    id: str
    title: str
    why: str
    section: str | None = None
    patch: tuple[tuple[str, str], ...] = ()
    function: Callable[..., Any] | None = None
    value: float | str | None = None

    def __post_init__(self) -> None:
        if [bool(self.patch), self.function is not None, self.value is not None].count(True) != 1:
            raise ExerciseError(f"mistake {self.id!r}: give one of patch, function and value")


@dataclass(frozen=True, eq=False, kw_only=True)
class Question:
    """What all kinds share.

    Attributes:
        id: ``"NN.k"``.
        name: the name that the answer, a function or a variable, has in the notebook.
        title: a few words.
        section: the chapter section that teaches it, ``"chapter#anchor"``.
        equation: LaTeX, without dollar signs; the exercise's text states it too.
        signature: of a function, as the text shows it, with what it returns.
        mistakes: the misconceptions that can be named, the most common first.
        hints: from a gentle one to nearly the answer; a student opens them one by one.
        uses: ids of earlier questions whose answers the reference calls; their patched mistakes are named too.
        manual_points: what a person can give besides.
    """

    id: str
    name: str
    title: str
    section: str
    equation: str
    signature: str = ""
    mistakes: tuple[Mistake, ...] = ()
    hints: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    manual_points: float = 0.0

    if TYPE_CHECKING:  # a property in one kind, a field in another

        @property
        def points(self) -> float:
            """What full marks are."""

    @property
    def parts(self) -> tuple[Property, ...]:
        """What points are given for, in the order in which a student should get it right."""
        raise NotImplementedError
