"""All questions of one chapter."""

from __future__ import annotations

from dataclasses import dataclass, field

from gru_book.grading.errors import ExerciseError
from gru_book.grading.spec.base import Mistake, Question
from gru_book.grading.spec.function import FunctionQuestion


@dataclass(frozen=True, eq=False)
class Exercise:
    """All questions of one chapter.

    Attributes:
        id: the folder's name, e.g. ``"05_gru_forward"``.
        title: as in lists.
        questions: in the order of the text.
        modules: what an answer may import beside the standard library.
        version: raised when a question changes so that an older notebook no longer fits.
        folder: set by the loader.
    """

    id: str
    title: str
    questions: tuple[Question, ...]
    modules: tuple[str, ...] = ("numpy",)
    version: int = 1
    folder: str = field(default="")

    def __post_init__(self) -> None:
        ids = [question.id for question in self.questions]
        if len(set(ids)) != len(ids):
            raise ExerciseError(f"{self.id}: two questions share an id among {ids}")
        for question in self.questions:
            self._check(question)

    def _check(self, question: Question) -> None:
        number = self.id.split("_")[0]
        if question.id.split(".")[0] != number:
            raise ExerciseError(f"{self.id}: question id {question.id!r} must start with {number!r}")
        if not question.parts and not question.manual_points:
            raise ExerciseError(f"{self.id}: question {question.id} needs properties with points > 0")
        if any(part.points <= 0 for part in question.parts):
            raise ExerciseError(f"{self.id}: question {question.id} needs properties with points > 0")
        known = {part.id for part in question.parts}
        unknown = [need for part in question.parts for need in part.needs if need not in known]
        if unknown:
            raise ExerciseError(
                f"{self.id}: question {question.id} has no property {unknown[0]!r}, which another needs"
            )
        names = [mistake.id for mistake in question.mistakes]
        if len(set(names)) != len(names):
            raise ExerciseError(f"{self.id}: question {question.id} names a mistake twice")

    @property
    def max_points(self) -> float:
        """What full marks are, without what a person gives."""
        return sum(question.points for question in self.questions)

    def owner(self, mistake: Mistake, question: Question) -> Question:
        """Where a mistake found in the answer to `question` was made: there, or in a question that it uses."""
        makers = [question, *(self.question(used) for used in question.uses)]
        return next(maker for maker in makers if mistake in maker.mistakes)

    def question(self, question_id: str) -> Question:
        """The question of that id, or KeyError."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)

    def function_question(self, question_id: str) -> FunctionQuestion:
        """The question of that id, which asks for a function; KeyError if there is none."""
        question = self.question(question_id)
        if not isinstance(question, FunctionQuestion):
            raise KeyError(question_id)
        return question
