"""The proof fails when it should: every kind of broken exercise is caught by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gru_book.grading.exercises import load_exercise
from gru_book.grading.proof import Proof, prove, render
from gru_book.grading.spec import Exercise, Mistake, Property


def run(exercise: Exercise) -> dict[str, Proof]:
    return {f"{p.question} {p.kind} {p.name}": p for p in prove(exercise, seeds=5, right_seeds=5, quiet=True)}


def first(exercise: Exercise, **changes: object) -> Exercise:
    question, *rest = exercise.questions
    return replace(exercise, questions=(replace(question, **changes), *rest))  # type: ignore[arg-type]


def test_a_sound_exercise_is_proven(exercise: Exercise) -> None:
    proofs = run(exercise)
    assert all(proof.holds for proof in proofs.values())
    assert "15 of 15 proofs hold; 8 planted mistakes, 3 written independently" in render(list(proofs.values()))


def test_an_oracle_that_is_wrong(exercise: Exercise) -> None:
    broken = first(exercise, oracle=lambda alpha, h_prev, x_t: h_prev + x_t)
    proofs = run(broken)
    assert not proofs["90.1 solution leaky_step"].holds
    assert not proofs["90.1 right right/loop.py"].holds


def test_inputs_that_cannot_show_a_mistake(exercise: Exercise) -> None:
    def typical(args: dict[str, object]) -> dict[str, object]:
        return {**args, "h_prev": 0 * args["h_prev"]}  # type: ignore[operator]

    weak = first(exercise, properties=(Property("zero", "Only from the state 0.", 1, given=typical),))
    proof = run(weak)["90.1 patch no-leak"]
    assert not proof.holds
    assert proof.note == "fails on 0"


def test_a_property_that_zeros_fulfil(exercise: Exercise) -> None:
    free = Property("shape", "The shape is right.", 1, view=lambda args, output: output[:0])
    proof = run(first(exercise, properties=(free, *exercise.questions[0].properties)))
    assert not proof["90.1 empty zeros of the right shape"].holds


def test_two_mistakes_that_are_the_same_function(exercise: Exercise) -> None:
    question = exercise.questions[0]
    twin = Mistake("twin", "the same again", "Why.", patch=(("alpha * x_t", "1.0 * x_t"),))
    proof = run(first(exercise, mistakes=(*question.mistakes, twin)))["90.1 patch twin"]
    assert not proof.holds
    assert proof.note == "named input-unscaled"


def test_a_wrong_file_that_is_right(book: Path) -> None:
    folder = book / "exercises/90_leaky"
    text = (folder / "right/loop.py").read_text()
    (folder / "wrong/loop.py").write_text(text + '\n\nMISTAKE = "no-leak"\n')
    assert not run(load_exercise(folder))["90.1 wrong wrong/loop.py"].holds
