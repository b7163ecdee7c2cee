"""The smallest input on which a property still fails: fewest numbers first, then the roundest."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from gru_book.grading.effort import WAITING, Effort
from gru_book.grading.judge import Call, Failure, seeded, try_property
from gru_book.grading.spec import Args, FunctionQuestion, Property


def shrink(
    question: FunctionQuestion, prop: Property, failure: Failure, call: Call, seed: int, effort: Effort = WAITING
) -> Failure:
    """A failure of the same property, of the same kind, on a smaller input; the given one if none is found."""
    over = effort.shrink.start()
    best = failure
    for args in _by_size(question, seed):
        if over():
            break
        found = _fails_alike(question, prop, args, failure, call)
        if found is not None:
            best = found
            break
    if failure.trial.outcome.kind == "raised":
        return best  # the sizes tell the story; zeros would only look odd
    if prop.holds is not None:
        return best  # what it says may not be true of zeros: at x = 0 a wrong gradient can be right
    return _simplify(question, prop, best, call, over)


def _by_size(question: FunctionQuestion, seed: int) -> Iterator[Args]:
    """Inputs of every size, the smallest first, with numbers of one decimal."""
    names = list(question.inputs.sizes)
    ranges = [range(low, high + 1) for low, high in question.inputs.sizes.values()]
    for sizes in sorted(itertools.product(*ranges), key=lambda sizes: (float(np.prod(sizes)), sizes)):
        rng = seeded(question, seed)
        for _ in range(3):
            args = question.inputs.draw(rng, **dict(zip(names, sizes, strict=True)))
            yield {name: _rounded(value) for name, value in args.items()}


def _rounded(value: object) -> object:
    return np.round(value, 1) if _is_float_array(value) else value  # type: ignore[call-overload]


def _is_float_array(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _fails_alike(question: FunctionQuestion, prop: Property, args: Args, like: Failure, call: Call) -> Failure | None:
    found = try_property(question, prop, call, prop.given(args))
    if found is None or found.trial.outcome.kind != like.trial.outcome.kind:
        return None
    alike = (found.difference and found.difference.kind) == (like.difference and like.difference.kind)
    return found if alike else None


def _simplify(
    question: FunctionQuestion, prop: Property, failure: Failure, call: Call, over: Callable[[], bool]
) -> Failure:
    """Set whole arrays to zero, one at a time, while the property still fails."""
    best = failure
    for name, value in failure.trial.args.items():
        if over():
            break
        if not _is_float_array(value) or not np.any(value):
            continue
        args = {**best.trial.args, name: np.zeros_like(value)}
        best = _fails_alike(question, prop, args, failure, call) or best
    return best
