"""What an exercise is made of. A folder's `grader.py` builds these; the engine knows nothing else of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gru_book.grading.errors import ExerciseError

Args = dict[str, Any]
"""One input of a question: argument name -> array or number, in the order of the call."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """How to draw an input.

    Attributes:
        sizes: name -> (smallest, largest), both included; e.g. ``{"B": (1, 3), "H": (1, 4)}``.
        draw: ``draw(rng, **sizes) -> Args``. The same function serves random, adversarial and smallest
            inputs, which differ in their sizes alone.
    """

    sizes: Mapping[str, tuple[int, int]]
    draw: Callable[..., Args]


@dataclass(frozen=True)
class Property:
    """One thing that a right answer does, worth points of its own.

    Attributes:
        id: short and stable, e.g. ``"padding-holds-the-state"``.
        statement: a full sentence that a student reads, true of a right answer.
        points: > 0.
        given: narrows an input to the case that this property is about; applied twice it changes nothing.
        view: the part of the output that is judged; default all of it.
    """

    id: str
    statement: str
    points: float
    given: Callable[[Args], Args] = lambda args: args
    view: Callable[[Args, Any], Any] = lambda args, output: output


UNCHANGED = "inputs-unchanged"
"""The id of a property that the engine knows: right results, and the arguments are left as they were."""


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
    """

    id: str
    title: str
    why: str
    section: str | None = None
    patch: tuple[tuple[str, str], ...] = ()
    function: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        if bool(self.patch) == bool(self.function):
            raise ExerciseError(f"mistake {self.id!r}: give either patch or function")


@dataclass(frozen=True, eq=False)
class FunctionQuestion:
    """A function that is judged against an oracle.

    Attributes:
        id: ``"NN.k"``.
        name: the name the function has in the notebook.
        title: a few words.
        signature: as the text shows it, with what it returns.
        equation: LaTeX, without dollar signs.
        section: the chapter section that teaches it, ``"chapter#anchor"``.
        returns: one name per returned array, e.g. ``("r_t",)`` or ``("output", "h_n")``.
        inputs: how to draw an input.
        oracle: ``oracle(**args)`` -> the right output.
        properties: in the order in which a student should get them right.
        mistakes: the misconceptions that can be named, the most common first.
        uses: ids of earlier questions whose functions the reference calls; their patched mistakes are named too.
        rtol, atol: an answer agrees when |got - expected| <= atol + rtol * |expected| for every number.
        time_limit: seconds for one call.
    """

    id: str
    name: str
    title: str
    signature: str
    equation: str
    section: str
    returns: tuple[str, ...]
    inputs: Inputs
    oracle: Callable[..., Any]
    properties: tuple[Property, ...]
    mistakes: tuple[Mistake, ...] = ()
    uses: tuple[str, ...] = ()
    rtol: float = 1e-5
    atol: float = 1e-6
    time_limit: float = 2.0

    @property
    def points(self) -> float:
        """What full marks are."""
        return sum(prop.points for prop in self.properties)


@dataclass(frozen=True, eq=False)
class Exercise:
    """All questions of one chapter.

    Attributes:
        id: the folder's name, e.g. ``"05_gru_forward"``.
        title: as in lists.
        questions: in the order of the text.
        modules: what an answer may import beside the standard library.
        folder: set by the loader.
    """

    id: str
    title: str
    questions: tuple[FunctionQuestion, ...]
    modules: tuple[str, ...] = ("numpy",)
    folder: str = field(default="")

    def __post_init__(self) -> None:
        ids = [question.id for question in self.questions]
        if len(set(ids)) != len(ids):
            raise ExerciseError(f"{self.id}: two questions share an id among {ids}")
        number = self.id.split("_")[0]
        for question in self.questions:
            if question.id.split(".")[0] != number:
                raise ExerciseError(f"{self.id}: question id {question.id!r} must start with {number!r}")
            if not question.properties or any(prop.points <= 0 for prop in question.properties):
                raise ExerciseError(f"{self.id}: question {question.id} needs properties with points > 0")
            names = [mistake.id for mistake in question.mistakes]
            if len(set(names)) != len(names):
                raise ExerciseError(f"{self.id}: question {question.id} names a mistake twice")

    @property
    def max_points(self) -> float:
        """What full marks are."""
        return sum(question.points for question in self.questions)

    def owner(self, mistake: Mistake, question: FunctionQuestion) -> FunctionQuestion:
        """Where a mistake found in the answer to `question` was made: there, or in a question that it uses."""
        makers = [question, *(self.question(used) for used in question.uses)]
        return next(maker for maker in makers if mistake in maker.mistakes)

    def question(self, question_id: str) -> FunctionQuestion:
        """The question of that id, or KeyError."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)


def draw_input(inputs: Inputs, rng: np.random.Generator, *, adversarial: bool) -> Args:
    """One input. Adversarial: no size is 1 where it may be more, and no two are equal where they need not be."""
    sizes: dict[str, int] = {}
    for name, (low, high) in inputs.sizes.items():
        choices = [n for n in range(low, high + 1) if not adversarial or (n > 1 and n not in sizes.values())]
        sizes[name] = int(rng.choice(choices or [high]))
    return inputs.draw(rng, **sizes)
