"""The guard of the exercises: the folders, and that enough is planted. proofs/ tries every claim.

In `make test` the planted mistakes meet 3 seeds and the right answers 10; in `make nightly` 30 and 1,000.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gru_book.grading.exercises import find_exercises
from gru_book.grading.folder_checks import folder_proofs
from gru_book.grading.proof import claims, prove
from gru_book.grading.spec import Exercise

BOOK = Path(__file__).parents[2]
EXERCISES = find_exercises(BOOK / "exercises")
IDS = [exercise.id for exercise in EXERCISES]


def test_every_exercise_has_its_proof() -> None:
    """A file each, so that they run side by side."""
    files = {path.stem.removeprefix("test_proof_") for path in (Path(__file__).parent / "proofs").glob("test_*.py")}
    assert files == set(IDS)


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
def test_the_folder_and_the_text(exercise: Exercise) -> None:
    assert [proof for proof in folder_proofs(exercise) if not proof.holds] == []
