"""Is a hand-derived gradient right? Three numerical methods judge it, and a report names the worst entry.

It knows functions and named arrays, no GRU. The methods:

    central difference   (f(x + h) - f(x - h)) / 2h, for any smooth function; 2 calls an entry
    complex step         Im f(x + i h) / h, exact to rounding, for a holomorphic function; 1 call an entry
    adjoint              <d, J v> = <J^T d, v> with random d and v; 1 call an array, so it suits large ones

Sources: derivatives.py names those of the first two. The adjoint or dot-product test: Claerbout, Image Estimation
by Example (2008), chapter 1, "Dot-product test for validity of an adjoint".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.derivatives import (
    Function,
    NotHolomorphicError,
    NumericalMethod,
    Progress,
    gradient,
    inner,
    jvp,
    like,
    parts,
    real_arrays,
    require_holomorphic,
    weights_like,
)
from gru_book.params import Array, describe

Method = Literal["central difference", "complex step", "adjoint"]
Backward = Callable[[Any], Mapping[str, Array]]

METHODS: tuple[Method, ...] = ("central difference", "complex step", "adjoint")


class Tolerance(NamedTuple):
    """An entry passes if |analytic - numeric| <= rtol * max(|analytic|, |numeric|) + atol * scale.

    scale is the largest entry of all the gradients plus a hundredth of sum |d_y * y|, the terms whose rounding every
    derivative carries; 1 if both are zero. So the verdict does not depend on the unit of the loss.
    """

    rtol: float
    atol: float


TOLERANCES: dict[Method, Tolerance] = {
    "central difference": Tolerance(rtol=1e-6, atol=1e-8),
    "complex step": Tolerance(rtol=1e-10, atol=1e-13),
    "adjoint": Tolerance(rtol=1e-10, atol=1e-12),
}
"""The one table of tolerances. Where the complex step does not apply, the adjoint test takes J v from the central
difference, and its tolerance too."""

TRIALS = 3
"""How many random pairs (d, v) the adjoint test draws for each array."""


@dataclass(frozen=True)
class WorstEntry:
    """The entry with the largest error for its tolerance; index () for a number and for the adjoint test."""

    name: str
    index: tuple[int, ...]
    analytic: float
    numeric: float
    abs_error: float
    rel_error: float  # abs_error / max(|analytic|, |numeric|), 0 if both are 0

    def __str__(self) -> str:
        at = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        return f"{self.name}{at}: analytic {self.analytic:.9g}, numeric {self.numeric:.9g}"


@dataclass(frozen=True)
class ArrayCheck:
    """One array's gradient under one method."""

    method: Method
    name: str
    shape: tuple[int, ...]
    max_abs_error: float
    max_rel_error: float
    worst: WorstEntry | None  # None for an array without entries
    excess: float  # the worst entry's error over what its tolerance allows; NaN counts as inf

    @property
    def passed(self) -> bool:
        """True if every entry is within the tolerance."""
        return self.excess <= 1.0


@dataclass(frozen=True)
class GradientReport:
    """What `check_gradients` found. True in a condition if it passed, so that `assert check_gradients(...)` fails
    as it should; str() gives a table, one row for each method and array."""

    checks: tuple[ArrayCheck, ...]
    not_applicable: Mapping[str, str]  # method -> why it was not used

    @property
    def passed(self) -> bool:
        """True if at least one entry was compared, and every one is within its tolerance."""
        return all(check.passed for check in self.checks) and any(check.worst for check in self.checks)

    @property
    def worst(self) -> WorstEntry | None:
        """The worst entry of all, measured by its tolerance; None if nothing was compared."""
        compared = [check for check in self.checks if check.worst is not None]
        return max(compared, key=lambda check: check.excess).worst if compared else None

    @property
    def failed_names(self) -> tuple[str, ...]:
        """The arrays that failed under some method, each once."""
        return tuple(dict.fromkeys(check.name for check in self.checks if not check.passed))

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        rows = [("method", "array", "shape", "max abs", "max rel", "", "worst entry")]
        for check in self.checks:
            errors = f"{check.max_abs_error:.1e}", f"{check.max_rel_error:.1e}"
            verdict = "ok" if check.passed else "FAIL"
            rows.append(
                (
                    check.method,
                    check.name,
                    str(check.shape),
                    *errors,
                    verdict,
                    str(check.worst or "no entries"),
                )
            )
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip() for row in rows]
        lines += [f"{method}: not applicable: {reason}" for method, reason in self.not_applicable.items()]
        return "\n".join([f"gradient check {'passed' if self.passed else 'FAILED'}", *lines])


def check_gradients(
    f: Function,
    arrays: Mapping[str, Array],
    grads: Mapping[str, Array] | Backward,
    *,
    d_y: Any = None,
    methods: Sequence[Method] = METHODS,
    tolerances: Mapping[Method, Tolerance] = TOLERANCES,
    rng: np.random.Generator | None = None,
    progress: Progress = iter,
) -> GradientReport:
    """Compare the gradients of <d_y, f(**arrays)> with what numbers alone give.

    Args:
        f: called as f(**arrays) with fresh copies; returns a number, an array or a tuple of arrays. It must give the
            same value twice: a dropout draws the same mask each time.
        arrays: the point, by name; any shapes, float64, finite.
        grads: the gradients under test, one for each name in the array's shape; or backward, a function that takes
            d_y and returns them (the adjoint test then draws its own d each time).
        d_y: dL/dy in the structure of f(**arrays). None: 1 for a loss that is one number; else drawn from rng, which
            needs a `backward`.
        methods: some of METHODS.  tolerances: a table such as TOLERANCES.
        rng: draws d_y and the adjoint test's vectors; None is numpy.random.default_rng(0).
        progress: wraps the list of an array's indices, as tqdm.tqdm does, for a check that takes long.

    Returns:
        GradientReport; a method that does not apply is named there with the reason, and is no failure by itself.

    Raises:
        ArgumentError: a name, shape or dtype does not fit, f is not deterministic, or a method is unknown.
        Whatever f or backward raises for real arrays goes through.
    """
    arrays = real_arrays(arrays)
    methods, rng = _checked_methods(methods, tolerances), _checked_rng(rng)
    y = _value_twice(f, arrays)
    backward: Backward | None = None
    if callable(grads):
        backward = grads
        d_y = _draw_like(y, rng) if d_y is None and not _is_number(y) else d_y
    weights = weights_like(y, d_y)
    analytic = _checked_grads(arrays, backward(_structured(y, weights)) if backward else grads)
    reasons = _not_applicable(f, arrays, methods)

    checks: list[ArrayCheck] = []
    for method in (m for m in METHODS if m in methods and m not in reasons):
        if method == "adjoint":
            pairs = _dot_products(f, arrays, y, weights, analytic, backward, reasons, rng)
            tolerance = tolerances["central difference" if "complex step" in reasons else "adjoint"]
            checks += [_compare(method, name, arrays[name].shape, *pair, tolerance) for name, pair in pairs.items()]
            continue
        numeric = {name: gradient(f, arrays, name, d_y=weights, method=method, progress=progress) for name in arrays}
        scale = _scale([*analytic.values(), *numeric.values()], _size_of_terms(weights, parts(y)))
        checks += [
            _compare(method, name, a.shape, analytic[name], numeric[name], scale, tolerances[method])
            for name, a in arrays.items()
        ]
    return GradientReport(tuple(checks), {m: why for m, why in reasons.items() if m in methods or "adjoint" in methods})


def adjoint_test(
    f: Function,
    backward: Backward,
    arrays: Mapping[str, Array],
    *,
    tolerances: Mapping[Method, Tolerance] = TOLERANCES,
    rng: np.random.Generator | None = None,
) -> GradientReport:
    """The dot-product test of a forward and its backward: <d, J v> = <J^T d, v> for random d and v.

    J v comes from one complex step of f (or one central difference), J^T d is backward(d). Each array gets its own
    v, TRIALS of them. A wrong backward passes only if its error is at right angles to each random v.

    Args and errors: as in `check_gradients`. Cost: a few calls for each array, however large.
    """
    return check_gradients(f, arrays, backward, methods=("adjoint",), tolerances=tolerances, rng=rng)


def _dot_products(
    f: Function,
    arrays: dict[str, Array],
    y: Any,
    weights: list[Array],
    analytic: Mapping[str, Array],
    backward: Backward | None,
    reasons: Mapping[str, str],
    rng: np.random.Generator,
) -> dict[str, tuple[Array, Array, float]]:
    """For each name: <J^T d, v> and <d, J v>, both (TRIALS,), and the scale of their terms before they cancel."""
    method: NumericalMethod = "central difference" if "complex step" in reasons else "complex step"
    left = {name: np.empty(TRIALS) for name in arrays}
    right = {name: np.empty(TRIALS) for name in arrays}
    scales = dict.fromkeys(arrays, 0.0)
    for trial in range(TRIALS):
        d, grads = weights, analytic
        if backward is not None:
            drawn = _draw_like(y, rng)
            d, grads = parts(drawn), _checked_grads(arrays, backward(drawn))
        for name, a in arrays.items():
            v = rng.standard_normal(a.shape)
            slope = parts(jvp(f, arrays, {name: v}, method=method))
            left[name][trial] = np.sum(grads[name] * v)
            right[name][trial] = inner(d, slope)
            terms = _size_of_terms([grads[name]], [v]) + _size_of_terms(d, slope)
            scales[name] = max(scales[name], terms + 0.01 * _size_of_terms(d, parts(y)))
    return {name: (left[name], right[name], scales[name] or 1.0) for name in arrays}


def _compare(
    method: Method,
    name: str,
    shape: tuple[int, ...],
    analytic: Array,
    numeric: Array,
    scale: float,
    tolerance: Tolerance,
) -> ArrayCheck:
    """One row of the report; analytic and numeric have one shape."""
    if 0 in shape:
        return ArrayCheck(method, name, shape, 0.0, 0.0, None, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):  # inf - inf, and an error where none is allowed
        abs_error = np.abs(analytic - numeric)
        size = np.maximum(np.abs(analytic), np.abs(numeric))
        rel_error = np.divide(abs_error, size, out=np.zeros_like(abs_error), where=size != 0)
        allowed = tolerance.rtol * size + tolerance.atol * scale
        excess = np.divide(abs_error, allowed, out=np.zeros_like(abs_error), where=abs_error != 0)
    excess = np.where(np.isfinite(analytic) & np.isfinite(numeric), excess, np.inf)  # NaN must fail, not compare False
    at = tuple(int(k) for k in np.unravel_index(int(excess.argmax()), excess.shape))
    numbers = (float(a[at]) for a in (analytic, numeric, abs_error, rel_error))
    worst = WorstEntry(name, () if method == "adjoint" else at, *numbers)
    return ArrayCheck(method, name, shape, float(abs_error.max()), float(rel_error.max()), worst, float(excess[at]))


def _scale(gradients: Sequence[Array], size_of_terms: float) -> float:
    """The scale of `Tolerance`, finite and > 0."""
    largest = max((float(np.abs(a[np.isfinite(a)]).max(initial=0.0)) for a in gradients), default=0.0)
    return largest + 0.01 * size_of_terms or 1.0


def _size_of_terms(a: list[Array], b: list[Array]) -> float:
    """sum |a * b|, what <a, b> would be if nothing cancelled."""
    return float(inner([np.abs(part) for part in a], [np.abs(part) for part in b]))


def _not_applicable(f: Function, arrays: dict[str, Array], methods: Sequence[Method]) -> dict[str, str]:
    """method -> why it cannot be used on f; the adjoint test needs the answer too, for its J v."""
    if methods == ("central difference",):
        return {}
    try:
        require_holomorphic(f, arrays)
    except NotHolomorphicError as error:
        return {"complex step": error.got}
    return {}


def _value_twice(f: Function, arrays: dict[str, Array]) -> Any:
    """f(**arrays), after a second call gave the same: no numerical derivative exists of what changes by itself."""
    first, second = (f(**{name: a.copy() for name, a in arrays.items()}) for _ in range(2))
    same = [np.array_equal(a, b, equal_nan=True) for a, b in zip(parts(first), parts(second), strict=True)]
    if not all(same):
        raise ArgumentError("f", "the same value for the same arrays", "two different values")
    return first


def _is_number(y: Any) -> bool:
    return len(parts(y)) == 1 and parts(y)[0].size == 1


def _structured(y: Any, ys: list[Array]) -> Any:
    """The parts in the structure of y: a tuple for a tuple, else the one array."""
    return tuple(ys) if isinstance(y, (tuple, list)) else ys[0]


def _draw_like(y: Any, rng: np.random.Generator) -> Any:
    return _structured(y, [rng.standard_normal(part.shape) for part in parts(y)])


def _checked_grads(arrays: Mapping[str, Array], grads: Any) -> dict[str, Array]:
    """One gradient for each array, in its shape; ArgumentError for a missing, unknown or misshapen one."""
    if not isinstance(grads, Mapping):
        raise ArgumentError("grads", "a dict of gradients by name, or a backward that returns one", describe(grads))
    if set(grads) != set(arrays):
        names, given = (", ".join(sorted(map(str, keys))) or "none" for keys in (arrays, grads))
        raise ArgumentError("grads", f"a gradient for each of {names}", given)
    return {name: like(f"grads[{name!r}]", grads[name], a) for name, a in arrays.items()}


def _checked_methods(methods: Sequence[Method], tolerances: Mapping[Method, Tolerance]) -> tuple[Method, ...]:
    if isinstance(methods, str) or not methods or any(method not in METHODS for method in methods):
        raise ArgumentError("methods", "some of " + ", ".join(METHODS), describe(methods))
    missing = [method for method in METHODS if method not in tolerances]
    if missing:
        raise ArgumentError("tolerances", "an entry for each method", "none for " + ", ".join(missing))
    return tuple(methods)


def _checked_rng(rng: np.random.Generator | None) -> np.random.Generator:
    if rng is None:
        return np.random.default_rng(0)
    if not isinstance(rng, np.random.Generator):
        raise ArgumentError("rng", "a numpy Generator, such as numpy.random.default_rng(0)", describe(rng))
    return rng
