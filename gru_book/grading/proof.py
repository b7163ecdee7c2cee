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
from gru_book.grading.effort import GRADING
from gru_book.grading.errors import ExerciseError
from gru_book.grading.judge import judge, live_args
from gru_book.grading.model_answer import planted, train
from gru_book.grading.outcome import Outcome, StudentError
from gru_book.grading.reference import read_reference, single_models
from gru_book.grading.spec import (
    Args,
    Exercise,
    FunctionQuestion,
    Mistake,
    ModelQuestion,
    PlotQuestion,
    Question,
    Source,
    ValueQuestion,
)
from gru_book.grading.value_answer import check_value
from gru_book.grading.worker import plain, sendable

FRESH = 16
"""Fresh inputs that confirm a name, on each seed: over all seeds this is more than one `check` tries."""
NAMED_SHARE = 0.95
"""A planted mistake must be named on at least this share of the seeds."""


MODEL_SEEDS = 2
"""Seeds on which a trained model is judged: each is a whole training."""
PLOT_SEEDS = 5
"""Seeds on which a figure is judged: drawing takes long, and its input changes little of it."""


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
    answer: Any
    mistakes: tuple[str, ...] | None


@dataclass(frozen=True)
class Tried:
    """What an answer earned under one seed, and what it was named."""

    points: float
    mistakes: tuple[str, ...]


def prove(exercise: Exercise, seeds: int = 30, right_seeds: int = 200, *, quiet: bool = False) -> list[Proof]:
    """All proofs of an exercise, with a progress bar unless `quiet`."""
    found = list(claims(exercise, seeds, right_seeds))
    return [claim() for _, claim in track(found, description=exercise.id, disable=quiet, transient=True)]


def claims(exercise: Exercise, seeds: int, right_seeds: int) -> Iterator[tuple[str, Callable[[], Proof]]]:
    """The name of every claim about the exercise, and the function that tries it."""
    reference = read_reference(exercise)
    for question in exercise.questions:
        for name, empty in _empty_answers(question):
            yield f"{question.id}-{name.split()[-1]}", partial(_earns_nothing, exercise, question, name, empty)
        answer = reference.answer(question)
        passes = partial(_passes, exercise, question, "solution", question.name, answer, right_seeds)
        yield f"{question.id}-solution", passes
        for mistake, model in _models(exercise, question):
            claim = partial(_named, exercise, question, "patch", mistake.id, model, (mistake.id,), seeds)
            yield f"{question.id}-patch-{mistake.id}", claim
    for right in planted_answers(exercise, "right"):
        question = exercise.question(right.question)
        yield right.file, partial(_passes, exercise, question, "right", right.file, right.answer, right_seeds)
    for wrong in planted_answers(exercise, "wrong"):
        question, names = exercise.question(wrong.question), wrong.mistakes
        yield wrong.file, partial(_named, exercise, question, "wrong", wrong.file, wrong.answer, names, seeds)


def _empty_answers(question: Question) -> list[tuple[str, Any]]:
    """Answers that must earn nothing: name and answer."""
    if isinstance(question, ValueQuestion):
        return [("no answer", None)]
    if isinstance(question, ModelQuestion):
        return [("the stub", _stub), ("the baseline", lambda *args: question.baseline(_by_name(question, args)))]
    assert isinstance(question, FunctionQuestion)
    if isinstance(question, PlotQuestion):
        return [("the stub", _stub), ("an empty figure", _empty_figure)]
    return [("the stub", _stub), ("zeros of the right shape", _zeros(question))]


def _models(exercise: Exercise, question: Question) -> Iterator[tuple[Mistake, Any]]:
    """Each of the question's own mistakes, with an answer that makes it."""
    if isinstance(question, ValueQuestion):
        yield from ((mistake, mistake.value) for mistake in question.mistakes)
        return
    for model in single_models(exercise, question):
        if model.mistakes[0] in question.mistakes:
            yield model.mistakes[0], model.function


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
        answer = module.ANSWER if isinstance(question, ValueQuestion) else getattr(module, question.name)
        mistake = module.MISTAKE if kind == "wrong" else ()
    except (AttributeError, KeyError) as error:
        raise ExerciseError(
            f"{path}: expected QUESTION, the function or ANSWER, and MISTAKE in wrong/: {error}"
        ) from None
    names = (mistake,) if isinstance(mistake, str) else mistake
    known = {m.id for q in exercise.questions for m in q.mistakes}
    unknown = set(names or ()) - known
    if unknown:
        raise ExerciseError(f"{path}: no mistake {', '.join(sorted(unknown))} in grader.py")
    return Planted(f"{kind}/{path.name}", question.id, answer, None if names is None else tuple(names))


def direct_call(function: Callable[..., Any]) -> Callable[[Args], Outcome]:
    """Calls the function in this process: for answers that we wrote ourselves."""

    def call(args: Args) -> Outcome:
        before = _bytes(args)
        try:
            value = function(*live_args(args, copied=False))
        except Exception as error:
            return Outcome("raised", error=StudentError(type(error).__name__, str(error)))
        after = _bytes(args)
        return Outcome(
            "value", value=sendable(value), changed=tuple(name for name in before if before[name] != after[name])
        )

    return call


def _bytes(args: Args) -> dict[str, bytes]:
    return {name: value.tobytes() for name, value in args.items() if isinstance(value, np.ndarray)}


def try_answer(exercise: Exercise, question: Question, answer: Any, seed: int, *, diagnosed: bool) -> Tried:
    """Judge an answer under one seed; without `diagnosed` the name is left out, which costs time."""
    if isinstance(question, ValueQuestion):
        result = check_value(exercise, question, Outcome("value", value=plain(answer)))
        return Tried(result.points or float(result.passed and question.points == 0), result.mistakes)
    call = direct_call(answer)
    if isinstance(question, ModelQuestion):
        trained = train(question, call, seed)
        points = sum(level.points for level in question.levels if trained.reaches(level))
        usable = trained.outcome.kind == "value" and not trained.malformed
        return Tried(points, tuple(m.id for m in planted(question, trained)) if usable and diagnosed else ())
    assert isinstance(question, FunctionQuestion)
    judgement = judge(question, call, seed)
    # By count, not by the clock: what is proven does not depend on what else the machine does.
    found = diagnose(exercise, judgement, call, seed, fresh=FRESH, effort=GRADING) if diagnosed else ()
    return Tried(judgement.points, tuple(mistake.id for mistake in found))


def _full(question: Question) -> float:
    """What full marks are; a text that a person marks counts as 1 here."""
    return question.points or 1.0


def _seeds(question: Question, seeds: int) -> int:
    """How many seeds an answer meets: a value needs one, and training and drawing are long."""
    if isinstance(question, ValueQuestion):
        return 1
    if isinstance(question, ModelQuestion):
        return min(seeds, MODEL_SEEDS)
    return min(seeds, PLOT_SEEDS) if isinstance(question, PlotQuestion) else seeds


def _stub(*args: Any) -> None:
    raise NotImplementedError


def _empty_figure(*args: Any) -> Any:
    from matplotlib.figure import Figure

    return Figure()


def _by_name(question: ModelQuestion, values: tuple[Any, ...]) -> Args:
    names = question.draw(np.random.default_rng(0))[0]
    return dict(zip(names, values, strict=True))


def _zeros(question: FunctionQuestion) -> Callable[..., Any]:
    smallest = {name: low for name, (low, _) in question.inputs.sizes.items()}
    template = question.inputs.draw(np.random.default_rng(0), **smallest)

    def zeros(*args: Any) -> Any:
        right = question.expected(
            {name: _source_of(old, new) for (name, old), new in zip(template.items(), args, strict=True)}
        )
        return tuple(map(np.zeros_like, right)) if isinstance(right, tuple) else np.zeros_like(right)

    return zeros


def _source_of(template: Any, value: Any) -> Any:
    """An oracle takes a function as its source; any will do for the shape of what it returns."""
    return template if isinstance(template, Source) else value


def _earns_nothing(exercise: Exercise, question: Question, name: str, answer: Any) -> Proof:
    points = try_answer(exercise, question, answer, 0, diagnosed=False).points
    note = f"earns {points:g} points" if points else ""
    return Proof(question.id, "empty", name, int(points == 0), 1, points == 0, note)


def _passes(exercise: Exercise, question: Question, kind: str, name: str, answer: Any, seeds: int) -> Proof:
    seeds = _seeds(question, seeds)
    held = sum(
        try_answer(exercise, question, answer, seed, diagnosed=False).points == _full(question) for seed in range(seeds)
    )
    return Proof(question.id, kind, name, held, seeds, held == seeds)


def _named(
    exercise: Exercise,
    question: Question,
    kind: str,
    name: str,
    answer: Any,
    expected: tuple[str, ...] | None,
    seeds: int,
) -> Proof:
    """The answer fails on every seed, and is named on nearly all; with `expected` None it is never named."""
    seeds = _seeds(question, seeds)
    failed = named = 0
    others: set[tuple[str, ...]] = set()
    for seed in range(seeds):
        tried = try_answer(exercise, question, answer, seed, diagnosed=True)
        failed += tried.points < _full(question)
        right = set(tried.mistakes) == set(expected or ())
        named += right
        if not right and tried.mistakes:
            others.add(tried.mistakes)
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
