"""The guard of the exercises: every claim of `gru-book author check`, a test each.

In `make test` the planted mistakes meet 10 seeds and the right answers 40; in `make nightly` 30 and 1,000.
"""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path

import pytest

from gru_book.grading.exercises import find_exercises
from gru_book.grading.proof import Proof, claims, prove
from gru_book.grading.spec import Exercise

BOOK = Path(__file__).parents[2]
EXERCISES = find_exercises(BOOK / "exercises")
IDS = [exercise.id for exercise in EXERCISES]
SEEDS = int(os.environ.get("GRU_BOOK_PROOF_SEEDS", "10"))
RIGHT_SEEDS = int(os.environ.get("GRU_BOOK_PROOF_RIGHT_SEEDS", "40"))
CLAIMS = [
    pytest.param(claim, id=f"{exercise.id}-{name}")
    for exercise in EXERCISES
    for name, claim in claims(exercise, SEEDS, RIGHT_SEEDS)
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_claim(claim: partial[Proof]) -> None:
    proof = claim()
    assert proof.holds, f"{proof.held} of {proof.tried} seeds. {proof.note}"


@pytest.mark.parametrize("exercise", EXERCISES, ids=IDS)
def test_enough_mistakes_are_planted_and_a_third_of_them_independently(exercise: Exercise) -> None:
    kinds = [proof.kind for proof in prove(exercise, seeds=1, right_seeds=1, quiet=True)]
    planted, independent = kinds.count("patch") + kinds.count("wrong"), kinds.count("wrong")
    assert planted >= 12
    assert independent * 3 >= planted
    assert kinds.count("right") >= 4


def test_the_gru_itself_has_a_hundred_planted_mistakes() -> None:
    own = [exercise for exercise in EXERCISES if exercise.id[:2] in ("05", "06", "07")]
    planted = [name for exercise in own for name, _ in claims(exercise, 1, 1) if "patch" in name or "wrong/" in name]
    assert len(own) == 3
    assert len(planted) >= 100
    kinds = {type(question).__name__ for exercise in own for question in exercise.questions}
    assert len(kinds) >= 5


@pytest.mark.parametrize("exercise", EXERCISES, ids=IDS)
def test_every_question_states_its_equation(exercise: Exercise) -> None:
    text = re.sub(r"\s", "", (Path(exercise.folder) / "exercise.md").read_text(encoding="utf-8"))
    for question in exercise.questions:
        for line in question.equation.split(r"\\"):
            assert re.sub(r"\s|&", "", line) in text.replace("&", ""), f"{question.id}: {line}"
        assert f'check("{question.id}",{question.name})' in text


def anchors(chapter: Path) -> set[str]:
    headings = re.findall(r"^#+\s+(.+?)\s*$", chapter.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") for heading in headings}


@pytest.mark.parametrize("exercise", EXERCISES, ids=IDS)
def test_every_section_to_read_again_is_a_heading_of_its_chapter(exercise: Exercise) -> None:
    for question in exercise.questions:
        for section in {question.section, *(mistake.section for mistake in question.mistakes)} - {None}:
            chapter, _, anchor = str(section).partition("#")
            path = BOOK / "chapters" / f"{chapter}.md"
            assert path.is_file(), f"{question.id}: no chapter {chapter}"
            assert anchor in anchors(path), f"{question.id}: no heading {anchor!r} in {path.name}"


def test_the_heading_test_can_fail(tmp_path: Path) -> None:
    chapter = tmp_path / "05.md"
    chapter.write_text("# The reset gate\n\ntext about # nothing\n")
    assert anchors(chapter) == {"the-reset-gate"}
