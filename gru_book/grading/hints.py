"""Hints, one at a time: `hint("05.1")` shows the next one."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from gru_book.grading.exercises import find_exercises, find_question

_shown: dict[tuple[str, str], int] = {}
"""How many hints of a question this session has seen; keyed by the exercise's folder too."""


@dataclass(frozen=True)
class Hint:
    """One hint of a question; `number` of `count`, 0 where there is none."""

    question: str
    text: str
    number: int
    count: int

    @property
    def heading(self) -> str:
        """Which hint it is, and how many are left."""
        if not self.number:
            return self.question
        left = self.count - self.number
        more = f"{left} more: ask again" if left else "this was the last"
        return f"{self.question}, hint {self.number} of {self.count} ({more})"

    def __str__(self) -> str:
        return "\n".join([self.heading, *textwrap.wrap(self.text, 88, initial_indent="  ", subsequent_indent="  ")])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        html = f'<section role="note"><strong>{escape(self.heading)}</strong><p>{escape(self.text)}</p></section>'
        return {"text/html": html, "text/plain": str(self)}


def hint(question: str, *, exercises: Path | str | None = None) -> Hint:
    """The next hint of a question; after the last one, the last one again.

    Args:
        question: the question's id, such as ``"05.1"``.
        exercises: the folder that holds the exercises; default: that of the book around the current folder.

    Raises:
        GRUBookError: there is no book here, or an exercise folder is broken.
    """
    found = find_question(question, exercises)
    if found is None:
        known = ", ".join(q.id for exercise in find_exercises(exercises) for q in exercise.questions)
        return Hint(str(question), f"There is no question {question!r}. Questions: {known}.", 0, 0)
    exercise, spec = found
    if not spec.hints:
        return Hint(spec.id, f"There is no hint for this question. Read again: {spec.section}.", 0, 0)
    key = (exercise.folder, spec.id)
    number = min(_shown.get(key, 0) + 1, len(spec.hints))
    _shown[key] = number
    return Hint(spec.id, spec.hints[number - 1], number, len(spec.hints))
