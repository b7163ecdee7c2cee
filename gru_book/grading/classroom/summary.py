"""What came of grading a class, from its gradebook: points, the most frequent mistakes by name, what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gru_book.grading.classroom.intake import Intake
from gru_book.grading.gradebook import GRADED, INFRASTRUCTURE, Gradebook, Run
from gru_book.grading.spec import Exercise
from gru_book.grading.text import show_points

BINS = 10
"""Bars of a histogram of points."""
BAR = 40
"""Letters of its longest bar."""
SHOWN = 10
"""Mistakes that are listed."""


@dataclass
class Overview:
    """One exercise of a class.

    Attributes:
        exercise, title, max_points: the exercise.
        graded, refused, infrastructure: submissions.
        mean: of the points; None if nothing is graded.
        bins: how many submissions have 0 to 10 %, 10 to 20 %, ... 90 to 100 % of the points.
        full: how many have all points.
        questions: id -> the mean share of its points.
        mistakes: id -> how many submissions make it, the most frequent first.
    """

    exercise: str
    title: str
    max_points: float
    graded: int = 0
    refused: int = 0
    infrastructure: int = 0
    mean: float | None = None
    bins: list[int] = field(default_factory=lambda: [0] * BINS)
    full: int = 0
    questions: dict[str, float] = field(default_factory=dict)
    mistakes: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The overview as JSON's types."""
        return asdict(self)


def overview(book: Gradebook, run: Run, exercise: Exercise) -> Overview:
    """Read one run; a page of it is in memory at a time."""
    found = Overview(exercise.id, exercise.title, exercise.max_points)
    total, shares, mistakes = 0.0, Counter[str](), Counter[str]()
    for recorded in book.attempts(run=run):
        attempt = recorded.attempt
        if attempt.status != GRADED:
            if attempt.status == INFRASTRUCTURE:
                found.infrastructure += 1
            else:
                found.refused += 1
            continue
        found.graded += 1
        points = attempt.points or 0.0
        total += points
        share = points / attempt.max_points if attempt.max_points else 1.0
        found.bins[min(BINS - 1, int(share * BINS))] += 1
        found.full += share >= 1.0
        for question in attempt.questions:
            if question["max_points"]:
                shares[question["id"]] += question["points"] / question["max_points"]
            mistakes.update(f"{question['id']} {mistake}" for mistake in question["mistakes"])
    if found.graded:
        found.mean = total / found.graded
        found.questions = {name: share / found.graded for name, share in sorted(shares.items())}
    found.mistakes = dict(sorted(mistakes.items(), key=lambda one: (-one[1], one[0])))
    return found


def refused_by_kind(intake: Intake) -> dict[str, int]:
    """Code -> how many files were refused for it."""
    return dict(Counter(one.code for one in intake.refusals).most_common())


def render(found: Overview, titles: Mapping[str, str]) -> str:
    """The overview for a terminal; `titles` has the words for a mistake."""
    counts = f"{found.graded} graded"
    counts += f", {found.refused} refused" if found.refused else ""
    counts += f", {found.infrastructure} not graded for reasons of the grader's" if found.infrastructure else ""
    lines = [f"{found.exercise}: {found.title}", f"  {counts}"]
    if found.mean is None:
        return "\n".join(lines)
    lines.append(
        f"  mean {show_points(round(found.mean, 2))} of {show_points(found.max_points)} points; "
        f"all points: {found.full}"
    )
    longest = max(found.bins)
    for index, count in enumerate(found.bins):
        bar = "#" * round(BAR * count / longest)
        lines.append(f"  {index * 100 // BINS:>3} to {(index + 1) * 100 // BINS:>3} %  {count:>5}  {bar}".rstrip())
    shares = "  ".join(f"{name}: {share:.0%}" for name, share in found.questions.items())
    lines += ["  points by question:", f"    {shares}"]
    if found.mistakes:
        lines.append("  most frequent mistakes:")
    for name, count in list(found.mistakes.items())[:SHOWN]:
        lines.append(f"    {count:>5}  {name}: {titles.get(name, '')}")
    return "\n".join(lines)


def titles_of(exercise: Exercise) -> dict[str, str]:
    """ "question mistake" -> what the mistake is called."""
    return {
        f"{question.id} {mistake.id}": mistake.title
        for question in exercise.questions
        for used in (question, *map(exercise.question, question.uses))
        for mistake in used.mistakes
    }
