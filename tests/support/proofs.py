"""The claims of one exercise as a parametrised test: `test_claim = proof_of("05_gru_forward")`."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gru_book.grading.exercises import load_exercise
from gru_book.grading.proof import Proof, claims

EXERCISES = Path(__file__).parents[2] / "exercises"
SEEDS = int(os.environ.get("GRU_BOOK_PROOF_SEEDS", "3"))
RIGHT_SEEDS = int(os.environ.get("GRU_BOOK_PROOF_RIGHT_SEEDS", "10"))


def proof_of(name: str) -> Callable[..., None]:
    """A test that tries every claim about the exercise `name`."""
    tried = [
        pytest.param(claim, id=text) for text, claim in claims(load_exercise(EXERCISES / name), SEEDS, RIGHT_SEEDS)
    ]

    @pytest.mark.timeout(900)
    @pytest.mark.parametrize("claim", tried)
    def test_claim(claim: partial[Proof]) -> None:
        proof = claim()
        assert proof.holds, f"{proof.held} of {proof.tried} seeds. {proof.note}"

    return test_claim
