"""The proof that an exercise's checks can fail and do not fail wrongly, line by line.

Each proof is one claim about one answer: the stub and an answer of zeros earn nothing; the solution agrees
with the oracle; an answer in
`right/` gets full marks on every seed; a planted mistake fails and is named. Mistakes come from the patches of
`grader.py` and, written independently of them, from the files in `wrong/`.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from gru_book.grading.diagnose import diagnose
from gru_book.grading.errors import ExerciseError
from gru_book.grading.judge import judge
from gru_book.grading.outcome import Outcome, StudentError
from gru_book.grading.reference import read_reference, single_models
from gru_book.grading.spec import Args, Exercise, FunctionQuestion

FRESH = 16
"""Fresh inputs that confirm a name, on each seed: over all seeds this is more than one `check` tries."""
NAMED_SHARE = 0.95
"""A planted mistake must be named on at least this share of the seeds."""


@dataclass(frozen=True)
class Proof:
    """One claim: `held` of `tried` seeds, and whether that is enough."""

    question: str
    kind: str
    name: str
    held: int
    tried: int
    holds: bool
    note: str = ""


@dataclass(frozen=True)
class Planted:
    """An answer from `wrong/` or `right/`; `mistakes` is None where no name may be given, () in `right/`."""

    file: str
    question: str
    function: Callable[..., Any]
    mistakes: tuple[str, ...] | None


def prove(exercise: Exercise, seeds: int = 30, right_seeds: int = 200, *, quiet: bool = False) -> list[Proof]:
    """All proofs of an exercise, with a progress bar unless `quiet`."""
    found = list(claims(exercise, seeds, right_seeds))
    return [claim() for _, claim in track(found, description=exercise.id, disable=quiet, transient=True)]


def claims(exercise: Exercise, seeds: int, right_seeds: int) -> Iterator[tuple[str, Callable[[], Proof]]]:
    """The name of every claim about the exercise, and the function that tries it."""
    reference = read_reference(exercise)
    for question in exercise.questions:
        yield f"{question.id}-stub", partial(_earns_nothing, question, "the stub", _stub)
        yield f"{question.id}-zeros", partial(_earns_nothing, question, "zeros of the right shape", _zeros(question))
        function = reference.function(question)
        yield f"{question.id}-solution", partial(_passes, question, "solution", question.name, function, right_seeds)
        for model in single_models(exercise, question):
            mistake = model.mistakes[0]
            if mistake in question.mistakes:
                claim = partial(_named, exercise, question, "patch", mistake.id, model.function, (mistake.id,), seeds)
                yield f"{question.id}-patch-{mistake.id}", claim
    for planted in planted_answers(exercise, "right"):
        question = exercise.question(planted.question)
        yield planted.file, partial(_passes, question, "right", planted.file, planted.function, right_seeds)
    for planted in planted_answers(exercise, "wrong"):
        question = exercise.question(planted.question)
        names = planted.mistakes
        yield planted.file, partial(_named, exercise, question, "wrong", planted.file, planted.function, names, seeds)


def planted_answers(exercise: Exercise, kind: str) -> list[Planted]:
    """The answers in the exercise's folder `kind`, "right" or "wrong"."""
    return [_load(exercise, path, kind) for path in sorted(Path(exercise.folder, kind).glob("*.py"))]


def _load(exercise: Exercise, path: Path, kind: str) -> Planted:
    spec = importlib.util.spec_from_file_location(f"_planted_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        question = exercise.question(module.QUESTION)
        function = getattr(module, question.name)
        mistake = module.MISTAKE if kind == "wrong" else ()
    except (AttributeError, KeyError) as error:
        raise ExerciseError(f"{path}: expected QUESTION, the function, and MISTAKE in wrong/: {error}") from None
    names = (mistake,) if isinstance(mistake, str) else mistake
    known = {m.id for q in exercise.questions for m in q.mistakes}
    unknown = set(names or ()) - known
    if unknown:
        raise ExerciseError(f"{path}: no mistake {', '.join(sorted(unknown))} in grader.py")
    return Planted(f"{kind}/{path.name}", question.id, function, None if names is None else tuple(names))


def direct_call(function: Callable[..., Any]) -> Callable[[Args], Outcome]:
    """Calls the function in this process: for answers that we wrote ourselves."""

    def call(args: Args) -> Outcome:
        before = _bytes(args)
        try:
            value = function(*args.values())
        except Exception as error:
            return Outcome("raised", error=StudentError(type(error).__name__, str(error)))
        after = _bytes(args)
        return Outcome("value", value=value, changed=tuple(name for name in before if before[name] != after[name]))

    return call


def _bytes(args: Args) -> dict[str, bytes]:
    return {name: value.tobytes() for name, value in args.items() if isinstance(value, np.ndarray)}


def _stub(*args: Any) -> None:
    raise NotImplementedError


def _zeros(question: FunctionQuestion) -> Callable[..., Any]:
    names = list(
        question.inputs.draw(np.random.default_rng(0), **{k: low for k, (low, _) in question.inputs.sizes.items()})
    )

    def zeros(*args: Any) -> Any:
        right = question.oracle(**dict(zip(names, args, strict=True)))
        return tuple(map(np.zeros_like, right)) if isinstance(right, tuple) else np.zeros_like(right)

    return zeros


def _earns_nothing(question: FunctionQuestion, name: str, function: Callable[..., Any]) -> Proof:
    points = judge(question, direct_call(function), 0).points
    note = f"earns {points:g} points" if points else ""
    return Proof(question.id, "empty", name, int(points == 0), 1, points == 0, note)


def _passes(question: FunctionQuestion, kind: str, name: str, function: Callable[..., Any], seeds: int) -> Proof:
    call = direct_call(function)
    held = sum(judge(question, call, seed).points == question.points for seed in range(seeds))
    return Proof(question.id, kind, name, held, seeds, held == seeds)


def _named(
    exercise: Exercise,
    question: FunctionQuestion,
    kind: str,
    name: str,
    function: Callable[..., Any],
    expected: tuple[str, ...] | None,
    seeds: int,
) -> Proof:
    """The answer fails on every seed, and is named on nearly all; with `expected` None it is never named."""
    call = direct_call(function)
    failed = named = 0
    others: set[tuple[str, ...]] = set()
    for seed in range(seeds):
        judgement = judge(question, call, seed)
        failed += judgement.points < question.points
        found = tuple(mistake.id for mistake in diagnose(exercise, judgement, call, seed, fresh=FRESH))
        right = set(found) == set(expected or ())
        named += right
        if not right and found:
            others.add(found)
    holds = failed == seeds and not others and named >= NAMED_SHARE * seeds
    notes = [f"fails on {failed}"] if failed < seeds else []
    notes += [f"named {' + '.join(names)}" for names in sorted(others)]
    return Proof(question.id, kind, name, named, seeds, holds, "; ".join(notes))


def render(proofs: list[Proof]) -> str:
    """A table of all proofs, and a last line with how many hold."""
    table = Table("question", "kind", "answer", "seeds", "holds", "note", box=None, pad_edge=False)
    for proof in proofs:
        mark = "yes" if proof.holds else "NO"
        table.add_row(proof.question, proof.kind, proof.name, f"{proof.held}/{proof.tried}", mark, proof.note)
    console = Console(file=io.StringIO(), width=120)
    console.print(table)
    planted = [proof for proof in proofs if proof.kind in ("patch", "wrong")]
    independent = sum(proof.kind == "wrong" for proof in planted)
    console.print(
        f"{sum(proof.holds for proof in proofs)} of {len(proofs)} proofs hold; "
        f"{len(planted)} planted mistakes, {independent} written independently"
    )
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip()
