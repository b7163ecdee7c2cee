"""Which convention does a GRU cell follow? Ask its outputs, not its documentation.

`detect` calls a black box with random weights and inputs and compares what it returns with every known reading
of those weights: six orders of the gates, two meanings of z, two places of the reset, and each way to use two
biases. Every reading is a rearrangement of rows, signs and biases, so one function, `numpy_backend.gru_cell`,
computes them all.

>>> from gru_book import conventions, numpy_backend, GRUParams
>>> def f(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
...     return numpy_backend.gru_cell(GRUParams(weight_ih, weight_hh, bias_ih, bias_hh), x_t, h_prev)
>>> found = conventions.detect(f)
>>> found.gate_order, found.z_weights, found.reset_after
('rzn', 'candidate', False)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from gru_book.convert.arrays import real_array
from gru_book.convert.rows import to_book
from gru_book.errors import ArgumentError
from gru_book.numpy_backend.cell import gru_cell
from gru_book.params import Array, GRUParams, describe

BlackBox = Callable[[Array, Array, Array, Array, Array, Array], Any]

TOLERANCE = 1e-4
"""The largest error that still counts as the same function: above float32's rounding, below any other reading."""

_TRIALS, _BATCH = 4, 64
_KEPT = 8  # readings that meet every trial; the others fell out in the first
_IH, _HH = ("bias_ih",), ("bias_hh",)
_BOTH = _IH + _HH
_USES = ((), _IH, _HH, _BOTH)


@dataclass(frozen=True)
class Convention:
    """One reading of (weight_ih, weight_hh, bias_ih, bias_hh), whose rows are three blocks of H.

    Fields:
        gate_order: which gate each block of rows belongs to, such as "rzn" or "zrn".
        z_weights: "candidate", h_t = (1 - z) * h_prev + z * n, or "state", h_t = z * h_prev + (1 - z) * n.
        reset_after: whether the reset gate scales the recurrent product rather than the state.
        bias_r, bias_z, bias_n: which biases are added to the gate's sum: (), ("bias_ih",), ("bias_hh",) or both.
        bias_n_inside: which biases the reset gate scales with the product; () for reset_after=False.
    """

    gate_order: str = "rzn"
    z_weights: str = "candidate"
    reset_after: bool = False
    bias_r: tuple[str, ...] = _BOTH
    bias_z: tuple[str, ...] = _BOTH
    bias_n: tuple[str, ...] = _BOTH
    bias_n_inside: tuple[str, ...] = ()

    def to_params(self, weight_ih: Array, weight_hh: Array, bias_ih: Array, bias_hh: Array) -> GRUParams:
        """The same function here. weight_ih: (3H, I); weight_hh: (3H, H); the biases: (3H,). Copies.

        Raises ArgumentError if a rank, size or dtype does not fit.
        """
        given = GRUParams(weight_ih, weight_hh, bias_ih, bias_hh, self.reset_after)
        rows = {name: to_book(a, self.gate_order, z_keeps=self.z_weights == "state") for name, a in given.arrays()}
        gates = {name: np.split(rows.pop(name), 3) for name in _BOTH}

        def total(gate: int, names: Sequence[str]) -> Array:
            return sum((gates[name][gate] for name in names), start=np.zeros(given.hidden_size, given.dtype))

        outside = [total(gate, names) for gate, names in enumerate((self.bias_r, self.bias_z, self.bias_n))]
        inside = [total(0, ()), total(1, ()), total(2, self.bias_n_inside)]
        rows |= {"bias_ih": np.concatenate(outside)}
        rows |= {"bias_hh": np.concatenate(inside)} if self.reset_after else {}
        return GRUParams(**rows, reset_after=self.reset_after)

    @property
    def known_as(self) -> str | None:
        """A library that has this convention, or None."""
        return next((name for name, convention in KNOWN.items() if convention == self), None)

    @property
    def bias_layout(self) -> str:
        """What each gate does with the two biases, in words."""
        if not any((self.bias_r, self.bias_z, self.bias_n, self.bias_n_inside)):
            return "both ignored"
        words = [f"{gate}: {_added(bias)}" for gate, bias in zip("rzn", self._biases(), strict=True)]
        inside = f", and inside the reset {_added(self.bias_n_inside)}" if self.bias_n_inside else ""
        return "; ".join(words) + inside

    def _biases(self) -> tuple[tuple[str, ...], ...]:
        return self.bias_r, self.bias_z, self.bias_n

    def __str__(self) -> str:
        update = "(1 - z) * h_prev + z * n" if self.z_weights == "candidate" else "z * h_prev + (1 - z) * n"
        product = "r * (U h_prev{})" if self.reset_after else "U (r * h_prev){}"
        inside = "".join(f" + {name}" for name in self.bias_n_inside)
        outside = "".join(f" + {name}" for name in self.bias_n)
        lines = [
            "rows: " + ", ".join(self.gate_order),
            f"z weights the {self.z_weights}: h_t = {update}",
            f"reset {'after' if self.reset_after else 'before'} the recurrent product: "
            f"n = tanh(W x_t{outside} + {product.format(inside)})",
            f"biases: {self.bias_layout}",
        ]
        return "\n".join(lines + ([f"as in {self.known_as}"] if self.known_as else []))


def _one_bias(gate_order: str, z_weights: str, reset_after: bool, inside: tuple[str, ...] = ()) -> Convention:
    return Convention(gate_order, z_weights, reset_after, _IH, _IH, _IH, inside)


def _two_biases(gate_order: str, z_weights: str, reset_after: bool) -> Convention:
    if reset_after:
        return Convention(gate_order, z_weights, True, bias_n=_IH, bias_n_inside=_HH)
    return Convention(gate_order, z_weights, False)


KNOWN = {
    "this book": _one_bias("rzn", "candidate", False),
    "this book, with both biases": _two_biases("rzn", "candidate", False),
    "PyTorch and cuDNN": _two_biases("rzn", "state", True),
    "Keras (reset_after=True) and ONNX (linear_before_reset=1)": _two_biases("zrn", "state", True),
    "Keras (reset_after=False)": _one_bias("zrn", "state", False),
    "ONNX (linear_before_reset=0)": _two_biases("zrn", "state", False),
    "Flax linen and Equinox": _one_bias("rzn", "state", True, inside=_HH),
    "Flax nnx": _one_bias("rzn", "state", True),
    "Haiku": _one_bias("zrn", "candidate", False),
}
"""The conventions of libraries; one bias is read as bias_ih, and Flax's and Equinox's b_hn as the end of bias_hh."""


@dataclass(frozen=True)
class Detection:
    """What `detect` found.

    Fields:
        convention: the reading that fits, or None.
        confidence: 1 - residual / runner_up, near 1 where one reading fits and the next does not; 0.0 for None.
        residual: the largest error of the best reading, over all trials (inf without any).
        runner_up: how far every other reading is off at least, in its own worst trial.
        compared: how many numbers each reading was compared with.
        problem: why there is no convention, in one line; None if there is one.
    """

    convention: Convention | None
    confidence: float = 0.0
    residual: float = np.inf
    runner_up: float = np.inf
    compared: int = 0
    problem: str | None = None

    @property
    def gate_order(self) -> str | None:
        """The order of the rows, such as "rzn"; None if nothing fits."""
        return self.convention.gate_order if self.convention else None

    @property
    def z_weights(self) -> str | None:
        """ "candidate" or "state"; None if nothing fits."""
        return self.convention.z_weights if self.convention else None

    @property
    def reset_after(self) -> bool | None:
        """Whether the reset comes after the recurrent product; None if nothing fits."""
        return self.convention.reset_after if self.convention else None

    @property
    def bias_layout(self) -> str | None:
        """What each gate does with the two biases, in words; None if nothing fits."""
        return self.convention.bias_layout if self.convention else None

    def __str__(self) -> str:
        if self.convention is None:
            return str(self.problem)
        sure = (
            f"confidence {self.confidence:.6f}: the largest error over {self.compared} numbers is {self.residual:.1e}; "
            f"the next best convention is off by {self.runner_up:.1e}"
        )
        return f"{self.convention}\n{sure}"


def detect(
    f: BlackBox, *, rng: np.random.Generator | None = None, input_size: int = 3, hidden_size: int = 4
) -> Detection:
    """Find the convention of a GRU cell that is known by its outputs alone.

    First with all biases zero, which leaves the order of the gates, z and the reset; then with random biases.

    Args:
        f: f(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev) -> h_t, with (3H, I), (3H, H), (3H,), (3H,),
            (B, I), (B, H) -> (B, H). It is called with float64 arrays, or with float32 ones if it refuses those;
            it may return an array or a tensor of either. An adapter drops the bias that its library lacks.
        rng: the source of the random trials; None means numpy.random.default_rng(0).
        input_size: I >= 1.  hidden_size: H >= 2 (with one unit, both resets are the same function but for b_hn).

    Returns:
        Detection. If f raises, returns something else than (B, H) numbers, is not deterministic or follows no known
        convention, `convention` is None and `problem` says which of these; nothing is raised.

    Raises:
        ArgumentError: f is not callable, rng is no Generator, or a size does not fit.
    """
    if not callable(f):
        raise ArgumentError("f", "a function of (weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev)", describe(f))
    for name, size, least in (("input_size", input_size, 1), ("hidden_size", hidden_size, 2)):
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < least:
            raise ArgumentError(name, f"an integer >= {least}", describe(size))
    rng = np.random.default_rng(0) if rng is None else rng
    if not isinstance(rng, np.random.Generator):
        raise ArgumentError("rng", "a numpy Generator, such as numpy.random.default_rng(0)", describe(rng))
    try:
        call = _Caller(f)
        plain = [_trial(call, rng, input_size, hidden_size, biases=False) for _ in range(_TRIALS)]
        _check_repeats(call, plain[0])
        biased = [_trial(call, rng, input_size, hidden_size, biases=True) for _ in range(_TRIALS)]
    except _BoxError as error:
        return Detection(None, problem=str(error))
    return _judge(plain, biased)


class _Trial(NamedTuple):
    """The six arguments of a call, and what it returned, in float64."""

    arguments: tuple[Array, ...]
    h_t: Array


class _Fit(NamedTuple):
    residual: float
    convention: Convention


class _BoxError(Exception):
    """The black box cannot be judged; the text says why."""


class _Caller:
    """Calls the black box with copies, in float64 or, once it refused that, in float32."""

    def __init__(self, f: BlackBox) -> None:
        self.f = f
        self.dtype: np.dtype[Any] | None = None

    def __call__(self, arguments: Sequence[Array]) -> _Trial:
        errors = []
        for dtype in (np.dtype(np.float64), np.dtype(np.float32)) if self.dtype is None else (self.dtype,):
            given = [a.astype(dtype) for a in arguments]
            try:
                returned = self.f(*(a.copy() for a in given))
            except Exception as error:  # whatever the box does is its own; it becomes the report
                errors.append(f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:160]}")
                continue
            self.dtype = dtype
            return _Trial(tuple(a.astype(np.float64) for a in given), _returned(returned, given[5].shape))
        raise _BoxError(f"f raised {errors[0]}")


def _returned(value: Any, shape: tuple[int, ...]) -> Array:
    """What f returned, as a float64 array of that shape."""
    expected = f"f must return h_t alone, shape (B, H) = {shape}, float32 or float64"
    try:
        array = real_array("h_t", value)
    except ArgumentError as error:
        raise _BoxError(f"{expected}; it returned {error.got}") from None
    except Exception as error:  # an object of another library that does not convert
        raise _BoxError(f"{expected}; it returned {describe(value)} ({type(error).__name__})") from None
    if array.shape != shape:
        raise _BoxError(f"{expected}; it returned shape {array.shape}")
    if not np.isfinite(array).all():
        raise _BoxError(f"{expected}; it returned NaN or inf for finite input")
    return array.astype(np.float64)


def _trial(call: _Caller, rng: np.random.Generator, input_size: int, hidden_size: int, *, biases: bool) -> _Trial:
    """One call with random arguments; the weights' size keeps the gates between open and shut."""
    rows = 3 * hidden_size
    weights = [0.5 * rng.standard_normal((rows, size)) for size in (input_size, hidden_size)]
    bias = [rng.standard_normal(rows) if biases else np.zeros(rows) for _ in _BOTH]
    states = [rng.standard_normal((_BATCH, size)) for size in (input_size, hidden_size)]
    return call([*weights, *bias, *states])


def _check_repeats(call: _Caller, trial: _Trial) -> None:
    difference = np.abs(call(trial.arguments).h_t - trial.h_t).max()
    if difference > TOLERANCE:
        raise _BoxError(f"f is not deterministic: called twice with the same arguments, it differs by {difference:.2g}")


def _judge(plain: Sequence[_Trial], biased: Sequence[_Trial]) -> Detection:
    structure, next_structure = _best_two(_structures(), plain)
    compared = sum(trial.h_t.size for trial in plain)
    if structure.residual > TOLERANCE:
        return _nothing_fits("with all biases zero", structure, next_structure, compared)
    layout, next_layout = _best_two(_bias_layouts(structure.convention), biased)
    compared += sum(trial.h_t.size for trial in biased)
    if layout.residual > TOLERANCE:
        return _nothing_fits("without biases one fits, with biases", layout, next_layout, compared)
    residual = max(structure.residual, layout.residual)
    runner_up = min(next_structure.residual, next_layout.residual)
    return Detection(layout.convention, 1.0 - residual / runner_up, residual, runner_up, compared)


def _nothing_fits(when: str, best: _Fit, runner_up: _Fit, compared: int) -> Detection:
    nearest = f"the nearest (rows {best.convention.gate_order}, z weights the {best.convention.z_weights}, reset "
    nearest += f"{'after' if best.convention.reset_after else 'before'} the product) is off by {best.residual:.2g}"
    problem = f"none of the known conventions: {when} {nearest}"
    return Detection(None, 0.0, best.residual, runner_up.residual, compared, problem)


def _structures() -> Iterator[Convention]:
    """The 24 ways to read the weights."""
    orders = ("".join(order) for order in itertools.permutations("rzn"))
    for order, z_weights, after in itertools.product(orders, ("candidate", "state"), (False, True)):
        yield Convention(order, z_weights, after)


def _bias_layouts(structure: Convention) -> Iterator[Convention]:
    """Every use of two biases: each gate adds any of them, and a reset after the product may hold any inside."""
    for bias_r, bias_z, bias_n, inside in itertools.product(_USES, _USES, _USES, _USES):
        if set(bias_n) & set(inside) or (inside and not structure.reset_after):
            continue
        yield replace(structure, bias_r=bias_r, bias_z=bias_z, bias_n=bias_n, bias_n_inside=inside)


def _best_two(conventions: Iterable[Convention], trials: Sequence[_Trial]) -> tuple[_Fit, _Fit]:
    """The best reading, and the next one with an error that is at most its own."""
    fits = (_Fit(_residual(convention, trials[:1]), convention) for convention in conventions)
    first = sorted(fits, key=lambda fit: fit.residual)
    kept, rest = first[:_KEPT], first[_KEPT:]
    fits = (_Fit(_residual(fit.convention, trials), fit.convention) for fit in kept)
    best, *others = sorted(fits, key=lambda fit: fit.residual)
    return best, min(others + rest[:1], key=lambda fit: fit.residual)


def _residual(convention: Convention, trials: Sequence[_Trial]) -> float:
    """The largest error of a reading over the trials."""
    return max(_error(convention, trial) for trial in trials)


def _error(convention: Convention, trial: _Trial) -> float:
    *weights, x_t, h_prev = trial.arguments
    h_t = gru_cell(convention.to_params(*weights), x_t, h_prev)
    return float(np.abs(h_t - trial.h_t).max())


def _added(names: Sequence[str]) -> str:
    return " + ".join(names) or "none"
