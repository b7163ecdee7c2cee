"""One choice, or several, with a reason for each option."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from gru_book.grading.errors import ExerciseError
from gru_book.grading.spec.base import Mistake
from gru_book.grading.spec.value import Judged, ValueQuestion, kind_of


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        letter: what a student writes, ``"a"``.
        text: as the exercise's text has it, after ``- **a**``.
        reason: why it is right, or wrong; shown to whoever chose it.
        right: whether it belongs to the right answer.
        mistake: of a wrong option, the misconception behind it, e.g. ``"z-one-keeps-nothing"``.
        section: where to read again, if not the question's own section.
    """

    letter: str
    text: str
    reason: str
    right: bool = False
    mistake: str | None = None
    section: str | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ChoiceQuestion(ValueQuestion):
    """One option, or with `multiple` a set of them.

    With several right options each right choice counts for, and each wrong one against; never below 0.
    """

    options: tuple[Option, ...]
    multiple: bool = False
    mistakes: tuple[Mistake, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        letters, right = [option.letter for option in self.options], self._right
        if len(set(letters)) != len(letters) or not all(re.fullmatch("[a-z]", letter) for letter in letters):
            raise ExerciseError(f"question {self.id}: each option needs a small letter of its own, got {letters}")
        if not right or (len(right) > 1 and not self.multiple) or len(right) == len(letters):
            raise ExerciseError(f"question {self.id}: {len(right)} of {len(letters)} options are right")
        if any(option.right and option.mistake for option in self.options):
            raise ExerciseError(f"question {self.id}: a right option is no mistake")
        mistakes = tuple(
            Mistake(o.mistake, f"“{o.text}”", o.reason, o.section, value=o.letter) for o in self.options if o.mistake
        )
        object.__setattr__(self, "mistakes", mistakes)

    @property
    def _right(self) -> set[str]:
        return {option.letter for option in self.options if option.right}

    @property
    def statement(self) -> str:
        return "The right options are chosen, and no other." if self.multiple else "The right option is chosen."

    def judge(self, value: Any, seed: int = 0) -> Judged:
        chosen = _letters(value)
        known = {option.letter: option for option in self.options}
        if not chosen or not chosen <= set(known) or (len(chosen) > 1 and not self.multiple):
            return Judged(0.0, self._expected(value), malformed=True)
        right = self._right
        share = max(0.0, (len(chosen & right) - len(chosen - right)) / len(right))
        named = tuple(m for m in self.mistakes if m.value in chosen)
        # The panel gives a named mistake's reason itself.
        said = [known[letter] for letter in sorted(chosen) if known[letter].right or not known[letter].mistake]
        notes = tuple(f"{option.letter}: {option.reason}" for option in said)
        return Judged(share, self._summary(chosen, right), named, notes=notes)

    def _expected(self, value: Any) -> str:
        letters = ", ".join(option.letter for option in self.options)
        what = f"one or more of the letters {letters}" if self.multiple else f"one of the letters {letters}"
        got = f"text {value[:40]!r}" if isinstance(value, str) else kind_of(value)
        return f"Expected {what}, as text, got {got}."

    def _summary(self, chosen: set[str], right: set[str]) -> str:
        if chosen == right:
            return "Right."
        if not self.multiple:
            return f"{min(chosen)} is not the right option."
        wrong, missing = chosen - right, len(right - chosen)
        parts = [f"not right: {', '.join(sorted(wrong))}"] if wrong else []
        parts += [f"still missing: {missing}"] if missing else []
        return f"Of your choice, {len(chosen & right)} right; {'; '.join(parts)}."


def _letters(value: Any) -> set[str]:
    """The letters of ``"b"``, ``"a, c"``, ``"ac"`` or ``["a", "c"]``; empty if it is nothing of the kind."""
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        value = ",".join(value)
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z](?:[\s,;]*[A-Za-z])*", value.strip()):
        return set()
    return set(re.findall("[a-z]", value.lower()))
