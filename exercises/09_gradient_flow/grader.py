"""Chapter 09's exercise: half-lives in both conventions, the Jacobian of a step, chrono biases, and a picture.

The Jacobian's oracle is the package's own backward. Chrono biases are random, so their properties judge what the
numbers do; the reference's own draws serve to name mistakes, and no right answer needs to draw as it does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gru_book import GRUParams
from gru_book.grading.spec import (
    UNCHANGED,
    Args,
    ChoiceQuestion,
    Exercise,
    ExpressionQuestion,
    FunctionQuestion,
    Inputs,
    Line,
    Mistake,
    Option,
    Plot,
    PlotAxes,
    PlotQuestion,
    Property,
)
from gru_book.numpy_backend.activations import softplus
from gru_book.numpy_backend.cell import Step, step_backward

Array = np.ndarray[Any, Any]
CHAPTER = "09_gradient_flow"

UNITS = (300, 360)
"""Units of a layer whose biases are drawn: enough to tell how they are spread."""
FEW = 4
"""Units where it is not the spread that counts."""
UNEVEN = 0.17
"""The distance of two distributions from which on draws are not even; in 300 draws chance reaches it once in 10^7."""


# ---------------------------------------------------------------------------------------------- inputs


def _bias_inputs(rng: np.random.Generator, H: int) -> Args:
    """Biases of both signs, none so small that a slip could hide."""
    b_z = rng.choice([-1.0, 1.0], size=H) * rng.uniform(0.3, 6.0, size=H)
    return {"b_z": b_z, "z_keeps": bool(rng.integers(2))}


def _step_inputs(rng: np.random.Generator, B: int, H: int) -> Args:
    """Gates away from 0 and 1; states and candidates of both signs, none so small that its square could pass for 0."""
    U_r, U_z, U = rng.normal(scale=0.8, size=(3, H, H))

    def away_from_zero(low: float, high: float) -> Array:
        return rng.choice([-1.0, 1.0], size=(B, H)) * rng.uniform(low, high, size=(B, H))

    return {"U_r": U_r.copy(), "U_z": U_z.copy(), "U": U.copy(), "h_prev": away_from_zero(0.3, 1.5),
            "r_t": rng.uniform(0.1, 0.9, size=(B, H)), "z_t": rng.uniform(0.1, 0.9, size=(B, H)),
            "n_t": away_from_zero(0.2, 0.9)}  # fmt: skip


def _chrono_inputs(rng: np.random.Generator, H: int) -> Args:
    """Biases to start from of both signs, in each block."""
    bias = rng.uniform(0.5, 2.0, size=3 * H) * np.where(np.arange(3 * H) % 2, 1.0, -1.0)
    return {"bias": bias, "T_max": int(rng.integers(40, 400)), "z_keeps": bool(rng.integers(2)),
            "seed": int(rng.integers(2**31))}  # fmt: skip


def _plot_inputs(rng: np.random.Generator, N: int) -> Args:
    return {"b_z": np.sort(rng.uniform(-8.0, 8.0, size=N))}


# -------------------------------------------------------------------- the cases that properties are about


def _keeps(z_keeps: bool) -> Callable[[Args], Args]:
    return lambda args: {**args, "z_keeps": z_keeps}


def _very_slow(args: Args) -> Args:
    """Biases between 40 and 50 in size, on the side on which a unit keeps nearly all."""
    far = np.abs(args["b_z"])
    far = np.where(far < 40, 40 + far, far)
    return {**args, "b_z": far if args["z_keeps"] else -far}


def _with(**values: float) -> Callable[[Args], Args]:
    """A `given` that fills the named arguments with one number each."""
    return lambda args: {**args, **{name: np.full_like(args[name], value) for name, value in values.items()}}


def _few_units(args: Args) -> Args:
    """The first four units of each block."""
    return {**args, "bias": np.concatenate([block[:FEW] for block in np.split(args["bias"], 3)])}


def _few_units_that(z_keeps: bool) -> Callable[[Args], Args]:
    return lambda args: {**_few_units(args), "z_keeps": z_keeps}


def _short_range(args: Args) -> Args:
    """A longest distance from 3 to 6, where one step more or less is much."""
    return {**args, "T_max": args["T_max"] if args["T_max"] <= 6 else 3 + args["T_max"] % 4}


def _unchanged(points: float, **judged: Any) -> Property:
    words = "The arguments are left as they were: nothing is changed in place."
    return Property(UNCHANGED, words, points, **judged)


# --------------------------------------------------------------------------------------------- oracles


def _half_life(b_z: Array, z_keeps: bool) -> Array:
    return np.asarray(np.log(2) / softplus(-b_z if z_keeps else b_z))


def _jacobian(U_r: Array, U_z: Array, U: Array, h_prev: Array, r_t: Array, z_t: Array, n_t: Array) -> Array:
    """Row i of a sequence's Jacobian is the package's backward of a gradient of 1 in unit i."""
    B, H = h_prev.shape
    params = GRUParams(np.zeros((3 * H, 1)), np.concatenate([U_r, U_z, U]))
    one_each, repeated = np.tile(np.eye(H), (B, 1)), [np.repeat(kept, H, axis=0) for kept in (h_prev, r_t, z_t, n_t)]
    h, r, z, n = repeated
    _, _, d_h_prev = step_backward(params, h, Step(r, z, n, r * h), one_each)
    return np.asarray(d_h_prev).reshape(B, H, H)


def _chrono_bias(bias: Array, T_max: int, z_keeps: bool, seed: int) -> Array:
    b_r, _, b = np.split(bias, 3)
    u = np.random.default_rng(seed).uniform(1, T_max - 1, b.size)
    return np.concatenate([b_r, np.log(u) if z_keeps else -np.log(u), b])


def _both_curves(b_z: Array) -> Figure:
    axes = (figure := Figure()).subplots()
    for label, z_keeps in (("candidate", False), ("state", True)):
        axes.semilogy(b_z, _half_life(b_z, z_keeps), label=label)
    axes.set(xlabel="b_z", ylabel="half-life")
    axes.legend()
    return figure


# ------------------------------------------------------------------------------- what chrono biases must do


def _u(args: Args, output: Array) -> Array:
    """e^|b| of the update gate's block: the u that were drawn."""
    return np.asarray(np.exp(np.abs(np.split(output, 3)[1])))


def _rows_hold(args: Args, expected: Array, output: Array) -> str | None:
    for gate, old, new in zip("rzn", np.split(args["bias"], 3), np.split(output, 3), strict=True):
        if gate == "z" and np.isclose(old, new).any():
            return "Biases of the update gate, the middle block, are still what they were."
        if gate != "z" and not np.allclose(old, new, rtol=0, atol=1e-12):
            return f"Biases of {gate} have changed, in the {'first' if gate == 'r' else 'last'} block."
    return None


def _signs_hold(args: Args, expected: Array, output: Array) -> str | None:
    sign = 1 if args["z_keeps"] else -1
    wrong = int((sign * np.split(output, 3)[1] <= 0).sum())
    if not wrong:
        return None
    return f"{wrong} of {len(output) // 3} biases of the update gate are not {'above' if sign > 0 else 'below'} 0."


def _range_holds(args: Args, expected: Array, output: Array) -> str | None:
    u, last = _u(args, output), args["T_max"] - 1
    if u.min() < 1 - 1e-6 or u.max() > last * (1 + 1e-6):
        return f"e^|b| goes from {u.min():.3g} to {u.max():.3g}, which leaves the range from 1 to {last}."
    if np.ptp(u) < 1e-9:
        return f"All {u.size} units have the same bias."
    if u.min() > 1 + 0.1 * (last - 1) or u.max() < last - 0.1 * (last - 1):
        return f"In {u.size} units e^|b| goes from {u.min():.3g} to {u.max():.3g} only, of the range from 1 to {last}."
    return None


def _spread_holds(args: Args, expected: Array, output: Array) -> str | None:
    """The largest distance of the two distribution functions (Kolmogorov and Smirnov)."""
    u, last = np.sort(_u(args, output)), args["T_max"] - 1
    even = np.clip((u - 1) / (last - 1), 0, 1)
    steps = np.arange(u.size + 1) / u.size
    if max(np.abs(even - steps[:-1]).max(), np.abs(even - steps[1:]).max()) < UNEVEN:
        return None
    middle = 1 + (last - 1) / 2
    return f"e^|b| lies below {middle:.0f}, the middle of its range, in {np.mean(u < middle):.0%} of {u.size} units."


# ------------------------------------------------------------------------- what a picture of both must show


def _drawn(args: Args, plot: Plot) -> list[tuple[PlotAxes, Line]]:
    """The lines or clouds of points that have a point for each bias, with their axes."""
    curves = [(axes, curve) for axes in plot.axes for curve in (*axes.lines, *axes.points)]
    return [(axes, curve) for axes, curve in curves if curve.x.size == len(args["b_z"])]


def _shows(args: Args, curve: Line, z_keeps: bool) -> bool:
    order = np.argsort(curve.x, kind="stable")
    pairs = ((curve.x, args["b_z"]), (curve.y, _half_life(args["b_z"], z_keeps)))
    return all(np.allclose(got[order], wanted, rtol=1e-6, atol=1e-12) for got, wanted in pairs)


def _draws(z_keeps: bool) -> Callable[[Args, Any, Plot], str | None]:
    whose = "z weights the old state" if z_keeps else "z weights the candidate"

    def holds(args: Args, expected: Any, plot: Plot) -> str | None:
        if not _drawn(args, plot):
            return f"No line has {len(args['b_z'])} points, one for each bias."
        if any(_shows(args, curve, z_keeps) for _, curve in _drawn(args, plot)):
            return None
        return f"No line shows the half-lives for the convention in which {whose}."

    return holds


def _has_scales(args: Args, expected: Any, plot: Plot) -> str | None:
    for axes, _ in _drawn(args, plot):
        if (axes.xscale, axes.yscale) == ("linear", "log"):
            return None
        return f"The y axis is {axes.yscale} and the x axis {axes.xscale}."
    return "There is no line whose axes could be looked at."


def _has_names(args: Args, expected: Any, plot: Plot) -> str | None:
    curves = _drawn(args, plot)
    for label, z_keeps in (("candidate", False), ("state", True)):
        named = [curve for _, curve in curves if label in curve.label.lower()]
        if not named:
            return f"No line has the label {label!r}."
        if not any(_shows(args, curve, z_keeps) for curve in named):
            return f"The line labelled {label!r} does not show the half-lives of that convention."
    if not any(axes.legend for axes, _ in curves):
        return "The lines have labels, but there is no legend that shows them."
    return None


def _has_labels(args: Args, expected: Any, plot: Plot) -> str | None:
    for axes, _ in _drawn(args, plot):
        missing = [name for name, text in (("x", axes.xlabel), ("y", axes.ylabel)) if not text.strip()]
        return f"No label on the axis {' and '.join(missing)}." if missing else None
    return "There is no line whose axes could be looked at."


# -------------------------------------------------------------------------------------------- mistakes
# id: (title, why and how to see it, heading of the chapter). One text serves every question that can make it.

TEXTS = {
    # The half-life
    "conventions-swapped": (
        "The two conventions are swapped",
        "Where z weights the candidate, a large bias opens the gate to what is new, and the unit forgets fast. Where z "
        "weights the old state, a large bias keeps. To see it, let the bias be -4: this book's unit is then slow.",
        "chrono-initialisation",
    ),
    "candidate-always": (
        "z_keeps makes no difference",
        "The result is that of a z that weights the candidate, in either convention. Where z weights the old state, "
        "what is copied is z itself, not 1 - z: the bias changes its sign.",
        "chrono-initialisation",
    ),
    "state-always": (
        "As if z always weighted the old state",
        "In this book z weights the candidate, and what is copied is 1 - z. "
        "To see it, let z go to 0: this book's unit then keeps everything.",
        "chrono-initialisation",
    ),
    "rounded-away": (
        "Computed by way of a gate that rounds to 1",
        "In float64 the share that is kept by a very slow unit is rounded to exactly 1, and its logarithm is 0. Use "
        "ln(1 + e^a), which is small there but not 0: np.log1p(np.exp(a)).",
        "half-life",
    ),
    "time-constant": (
        "The time constant, not the half-life",
        "1 / ln(1 + e^a) is the number of steps after which 1/e is left, 37 %. "
        "Half is left sooner, by the factor ln 2.",
        "half-life",
    ),
    "slow-approximation": (
        "The approximation for slow units",
        "ln(1 + e^a) is close to e^a where that is small. At a = 0, where z is 1/2, the half-life is one step, and the "
        "approximation says 0.69.",
        "half-life",
    ),
    "share-of-the-first-step": (
        "As if each step took away the same amount",
        "Each step takes a share of what is *left*, so less and less is taken. 0.5 / z counts how often the first "
        "step's loss fits into a half.",
        "half-life",
    ),
    "clock-period": (
        "The clock's period, not the half-life",
        "1 / z is the number of steps in which the unit's clock ticks once. Half of what it holds is gone sooner, "
        "after about 0.69 of that.",
        "half-life",
    ),
    "small-share-rule": (
        "The rule of thumb for small shares",
        "ln 2 / z takes z for -ln(1 - z), which is right for small z only. At z = 1/2 half is left after one step, and "
        "the rule says 1.39.",
        "half-life",
    ),
    "logarithms-mixed": (
        "Two logarithms of different bases",
        "Any base will do for (log 1/2) / (log of what is kept), but it must be the same above and below. "
        "To see it, let the bias be 0: half is kept in one step, so the answer must be 1.",
        "half-life",
    ),
    "whole-steps": (
        "Rounded to whole steps",
        "The half-life solves an equation, and its solution is seldom a whole number. Rounded, all quick units look "
        "alike.",
        "half-life",
    ),
    "half-life-sign": (
        "A sign lost",
        "The logarithms of one half and of what is kept are both negative, so their quotient is positive: a number of "
        "steps.",
        "half-life",
    ),
    # The Jacobian
    "jacobian-transposed": (
        "Rows and columns swapped",
        "Row i belongs to unit i of the *new* state, column j to unit j of the old one. What you return is what a "
        "gradient on its way back is multiplied with from the left, J transposed.",
        "one-step",
    ),
    "copy-missing": (
        "Path 1, the copy, is missing",
        "h_prev stands in the last line itself, with the factor 1 - z. "
        "To see it, let z_t be 0: the state is copied, and J must be the identity.",
        "one-step",
    ),
    "copy-only": (
        "Path 1 alone",
        "1 - z is the partial derivative, with z and n held fixed. Both depend on the old state, so three more paths "
        "are added.",
        "one-step",
    ),
    "update-gate-path-missing": (
        "Path 2, through the update gate, is missing",
        "z_t depends on the old state by U_z. To see it, let U be 0: J must be more than a diagonal.",
        "one-step",
    ),
    "candidate-path-missing": (
        "Path 3, through the candidate, is missing",
        "The candidate reads r * h_prev, so with r held fixed the old state still moves it, by U diag(r). "
        "To see it, let z_t = r_t = 1: this is the only path that is open.",
        "one-step",
    ),
    "reset-gate-path-missing": (
        "Path 4, through the reset gate, is missing",
        "r_t depends on the old state by U_r, and moves the candidate. "
        "To see it, let z_t be 1 and change U_r: J must change.",
        "one-step",
    ),
    "gates-held-fixed": (
        "Both gates are taken as constants",
        "r_t and z_t are computed from the old state, by U_r and U_z, so paths 2 and 4 are open too. "
        "To see it, change U_r or U_z: J must change.",
        "one-step",
    ),
    "reset-of-the-wrong-unit": (
        "The reset of the wrong unit",
        "The candidate of unit i sums U_ij r_j h_j, so r_j belongs to the unit that is *read*: it scales the columns "
        "of U. You have scaled the rows, by r_i.",
        "one-step",
    ),
    "reset-after": (
        "The Jacobian of a reset after the product",
        "You have differentiated n = tanh(r * (U h) + a). In this book the reset acts before the product, "
        "n = tanh(U (r * h) + a), and then the columns of U are scaled by r.",
        "one-step",
    ),
    "one-minus-z-missing": (
        "1 - z is missing in path 2",
        "The sigmoid's derivative is z (1 - z), two factors. "
        "To see it, let z_t be 1: the gate is saturated, and path 2 must be shut.",
        "one-step",
    ),
    "one-minus-r-missing": (
        "1 - r is missing in path 4",
        "The sigmoid's derivative is r (1 - r), two factors. "
        "To see it, let r_t be 1: the gate is saturated, and path 4 must be shut.",
        "one-step",
    ),
    "sigmoid-derivative-missing": (
        "The sigmoids' derivatives are missing",
        "Each gate is a sigmoid of its pre-activation, so paths 2 and 4 have the factors z (1 - z) and r (1 - r). "
        "To see it, let both gates be 1: the two paths must be shut.",
        "one-step",
    ),
    "blend-sign": (
        "The sign of path 2 is turned round",
        "h_t = h_prev + z (n - h_prev) grows with z by n - h_prev, not by h_prev - n.",
        "one-step",
    ),
    "blend-candidate-only": (
        "The old state is missing in path 2",
        "z stands in both terms of the last line, so the slope in z is n - h_prev. "
        "To see it, let n be h_prev: the mix does not depend on z then.",
        "one-step",
    ),
    "blend-state-only": (
        "The candidate is missing in path 2",
        "z stands in both terms of the last line, so the slope in z is n - h_prev. You have only the loss of the copy.",
        "one-step",
    ),
    "candidate-for-state": (
        "n where h_prev must stand",
        "In path 4 the reset gate multiplies the old state, so the slope of r * h_prev in r is h_prev.",
        "one-step",
    ),
    "state-missing-in-reset": (
        "h_prev is missing in path 4",
        "The reset gate multiplies the old state, so the slope of r * h_prev in r is h_prev. "
        "To see it, let h_prev be 0: path 4 must be shut.",
        "one-step",
    ),
    "tanh-derivative-missing": (
        "tanh's derivative is missing",
        "The candidate is a tanh, so both of its paths have the factor 1 - n². "
        "To see it, let n_t be near 1: a saturated candidate moves hardly at all.",
        "one-step",
    ),
    "tanh-derivative-unsquared": (
        "The square is missing in tanh's derivative",
        "The derivative of tanh is 1 - n². To see it, change the sign of n: tanh is as steep at -a as at a.",
        "one-step",
    ),
    "candidate-not-weighted": (
        "The candidate's paths are not weighted by z",
        "The new state takes z n of the candidate, so paths 3 and 4 have the factor z. "
        "To see it, let z_t be 0: both must be shut.",
        "one-step",
    ),
    "candidate-weighted-by-rest": (
        "The candidate's paths are weighted by 1 - z",
        "In this book z weights the candidate. To see it, let z_t be 0: paths 3 and 4 must be shut.",
        "one-step",
    ),
    "copy-weighted-z": (
        "The copy is weighted by z",
        "The new state keeps (1 - z) h_prev. To see it, let z_t be 0: the state is copied, and J must be the identity.",
        "one-step",
    ),
    "copy-not-weighted": (
        "The copy is not weighted",
        "The new state keeps (1 - z) h_prev, not all of it. To see it, let z_t be 1: path 1 must be shut.",
        "one-step",
    ),
    "other-convention": (
        "The Jacobian of the other convention",
        "You have differentiated h_t = z h_prev + (1 - z) n, as in PyTorch. In this book z weights the candidate.",
        "one-step",
    ),
    "copy-everywhere": (
        "The copy in every column",
        "A unit copies its own old state and no other's, so 1 - z stands on the diagonal alone. "
        "To see it, let z_t be 0: J must be the identity.",
        "one-step",
    ),
    "products-turned-round": (
        "The two matrices of the candidate's path in the wrong order",
        "The old state first goes through the reset gate, then through U: the matrix of what happens first stands on "
        "the right, U [diag(r) + ...].",
        "one-step",
    ),
    "weights-transposed": (
        "The weights are transposed",
        "a = U h has the derivative U in h: row i for unit i. A transposed U is for gradients, which go the other way.",
        "one-step",
    ),
    "entry-by-entry": (
        "A product entry by entry where a matrix product must be",
        "Path 4 goes from an old unit j to the reset of any unit k and from there to the candidate of unit i, and the "
        "sum over k is the matrix product of U and what stands in the bracket.",
        "one-step",
    ),
    # Chrono biases
    "reset-rows": (
        "The reset gate's rows",
        "The blocks are r, z, n, so the update gate's is the middle one, rows H to 2H.",
        "chrono-initialisation",
    ),
    "candidate-rows": (
        "The candidate's rows",
        "The blocks are r, z, n, so the update gate's is the middle one, rows H to 2H.",
        "chrono-initialisation",
    ),
    "quarters": (
        "Cut into quarters, as an LSTM's biases",
        "An LSTM has four blocks, a GRU three. The second quarter holds the end of r and a part of z.",
        "chrono-initialisation",
    ),
    "interleaved-rows": (
        "Every third row",
        "The biases of a gate stand together, H of them, and are not dealt out in turn.",
        "chrono-initialisation",
    ),
    "other-rows-cleared": (
        "The other blocks were set to 0",
        "Only the update gate's biases are to be drawn; what stood in the blocks of r and n stays.",
        "chrono-initialisation",
    ),
    "all-rows": (
        "All three blocks were set",
        "The argument about time is about the update gate alone. A reset gate with such a bias is nearly shut, and so "
        "the candidate would not see the state.",
        "chrono-initialisation",
    ),
    "both-gates": (
        "A second gate was set too, as in an LSTM",
        "An LSTM's input gate gets the opposite bias, since nothing else ties it to the forget gate. A GRU's update "
        "gate does both jobs, and the reset gate neither.",
        "chrono-initialisation",
    ),
    "added-to-old-bias": (
        "Added to the old biases",
        "The bias is *set*: with what stood there added, the time scales are others than those that were drawn.",
        "chrono-initialisation",
    ),
    "range-one-step-longer": (
        "T_max in place of T_max - 1",
        "The clock ticks once in T steps at z = 1/T, and sigmoid(b_z) = 1/T needs e^(-b_z) = T - 1. With T from 2 to "
        "T_max, u goes from 1 to T_max - 1.",
        "chrono-initialisation",
    ),
    "range-from-zero": (
        "u from 0",
        "u below 1 gives a bias of the wrong sign, without limit near 0. The shortest T is 2 steps, and u = T - 1 is "
        "at least 1.",
        "chrono-initialisation",
    ),
    "one-subtracted-twice": (
        "1 was subtracted twice",
        "u is T - 1 already: its range goes from 1 to T_max - 1. ln(u - 1) subtracts it again.",
        "chrono-initialisation",
    ),
    "logarithm-missing": (
        "The logarithm is missing",
        "u counts steps, and a bias is a logarithm of that. A bias of -30 is a memory of 10^13 steps, not of 30.",
        "chrono-initialisation",
    ),
    "logarithm-spread-evenly": (
        "The logarithm is spread evenly, not u",
        "A bias that is uniform between 0 and ln(T_max - 1) makes short time scales as common as long ones in "
        "*logarithm*: most units would be quick. That can be what one wants, but it is another rule.",
        "chrono-initialisation",
    ),
    "same-for-all": (
        "One draw for all units",
        "Each unit gets a time scale of its own, H numbers; one number gives a layer that knows a single distance.",
        "chrono-initialisation",
    ),
    "longest-for-all": (
        "The longest time scale in all units",
        "-ln(T_max - 1) is the bias for the longest distance. Chrono spreads the units over all distances up to it.",
        "chrono-initialisation",
    ),
    "logarithm-base-two": (
        "A logarithm of base 2",
        "The bias undoes the e in sigmoid(b) = 1 / (1 + e^(-b)), so the logarithm is the natural one.",
        "chrono-initialisation",
    ),
    "gate-for-bias": (
        "The gate's value in place of its bias",
        "1/T is what the gate is to be. The bias goes through a sigmoid first, so it must be ln of 1 / (T - 1).",
        "chrono-initialisation",
    ),
    # The bias for a half-life
    "bias-sign": (
        "The bias of the other convention",
        "Here z weights the candidate: a long half-life needs a small z, and so a negative bias.",
        "half-life",
    ),
    "bias-for-slow-units": (
        "The approximation for long half-lives",
        "ln(ln 2 / k) is where the answer goes for large k. At k = 1 it gives -0.37, but a half-life of one step "
        "needs z = 1/2, whose bias is 0.",
        "half-life",
    ),
    "power-turned-over": (
        "k where 1/k must stand",
        "The k-th root undoes the k-th power: 1 + e^b = 2^(1/k). With 2^k the bias grows with the half-life.",
        "half-life",
    ),
    "share-as-bias": (
        "The gate's value, not its bias",
        "1 - 2^(-1/k) is z. The bias is what the sigmoid must be given to return it.",
        "half-life",
    ),
    "log-of-share": (
        "The logarithm of the gate",
        "Undoing a sigmoid takes ln(z / (1 - z)), not ln z: the denominator is missing.",
        "half-life",
    ),
    "bias-for-time-constant": (
        "The bias for a time constant",
        "After k steps 1/e would be left, 37 %, and not a half: ln 2 is missing in the exponent.",
        "half-life",
    ),
    "chrono-for-half-life": (
        "The clock's period taken for a half-life",
        "-ln(k - 1) makes the clock tick once in k steps, z = 1/k. The half-life is then about 0.69 k.",
        "chrono-initialisation",
    ),
    "softplus-not-inverted": (
        "The wrong way round",
        "ln(1 + e^...) leads from a bias to ln 2 / k. Here it is the other direction: after taking exponentials on "
        "both sides, subtract 1.",
        "half-life",
    ),
    "kept-share-as-bias": (
        "The logarithm of what is kept",
        "2^(-1/k) is 1 - z, and its logarithm is -ln 2 / k. That is not yet the bias, which follows from "
        "1 - z = 1 / (1 + e^b).",
        "half-life",
    ),
    # The picture
    "plain-y-axis": (
        "The y axis is not logarithmic",
        "The half-lives differ by a factor of about e from one bias to the next. On a plain axis the longest hides all "
        "others.",
        "half-life",
    ),
    "logarithm-on-plain-axis": (
        "The logarithms are drawn, on a plain axis",
        "It has the right shape, but the numbers at the axis are no steps any more. Draw the half-lives, and make the "
        "axis logarithmic.",
        "half-life",
    ),
    "gate-on-x-axis": (
        "The gate on the x axis, not its bias",
        "sigmoid(b_z) squeezes all slow units into the last hair's breadth before 0. The line is straight over the "
        "bias.",
        "half-life",
    ),
}  # fmt: skip


def _mistake(mistake_id: str, *patch: tuple[str, str]) -> Mistake:
    """The misconception of that id, planted by `patch` in the reference of the question that lists it."""
    title, why, anchor = TEXTS[mistake_id]
    return Mistake(mistake_id, title, why, f"{CHAPTER}#{anchor}", patch=patch)


def _valued(mistake_id: str, value: float | str) -> Mistake:
    """The misconception of that id, as the expression that it leads to."""
    title, why, anchor = TEXTS[mistake_id]
    return Mistake(mistake_id, title, why, f"{CHAPTER}#{anchor}", value=value)


SIDE = "a = -b_z if z_keeps else b_z"
STEPS = "np.log(2) / np.log1p(np.exp(a))"
RETURN = f"return {STEPS}"

HALF_LIFE_MISTAKES = (
    _mistake("candidate-always", (SIDE, "a = b_z")),
    _mistake("conventions-swapped", (SIDE, "a = b_z if z_keeps else -b_z")),
    _mistake("state-always", (SIDE, "a = -b_z")),
    _mistake(
        "rounded-away",
        (RETURN, "with np.errstate(divide='ignore'):\n        return np.log(0.5) / np.log(1 - 1 / (1 + np.exp(-a)))"),
    ),
    _mistake("time-constant", (STEPS, "1 / np.log1p(np.exp(a))")),
    _mistake("slow-approximation", (STEPS, "np.log(2) * np.exp(-a)")),
    _mistake("small-share-rule", (STEPS, "np.log(2) * (1 + np.exp(-a))")),
    _mistake("share-of-the-first-step", (STEPS, "0.5 * (1 + np.exp(-a))")),
    _mistake("clock-period", (STEPS, "1 + np.exp(-a)")),
    _mistake("logarithms-mixed", (STEPS, "np.log(2) / (np.log1p(np.exp(a)) / np.log(2))")),
    _mistake("whole-steps", (STEPS, f"np.ceil({STEPS})")),
    _mistake("half-life-sign", (STEPS, "-np.log(2) / np.log1p(np.exp(a))")),
)

COPY = "(1 - z_t)[:, :, None] * one"
SLOPE_Z = "(n_t - h_prev) * z_t * (1 - z_t)"
DIAGONAL = "r_t[:, :, None] * one"
SLOPE_R = "(h_prev * r_t * (1 - r_t))"
INSIDE = f"{DIAGONAL} + {SLOPE_R}[:, :, None] * U_r"
SLOPE_N = "(z_t * (1 - n_t**2))"
SUM = "copy + through_z + through_n"
ROWS_OF_U = "r_t[:, :, None] * U"

JACOBIAN_MISTAKES = (
    _mistake("copy-missing", (SUM, "through_z + through_n")),
    _mistake("gates-held-fixed", (SUM, "copy + through_n"), (INSIDE, DIAGONAL)),
    _mistake("update-gate-path-missing", (SUM, "copy + through_n")),
    _mistake("reset-gate-path-missing", (INSIDE, DIAGONAL)),
    _mistake("candidate-path-missing", (INSIDE, f"{SLOPE_R}[:, :, None] * U_r")),
    _mistake("copy-only", (SUM, "copy")),
    _mistake("jacobian-transposed", (SUM, f"np.swapaxes({SUM}, 1, 2)")),
    _mistake(
        "reset-of-the-wrong-unit", ("(U @ inside)", f"({ROWS_OF_U} + U @ inside)"), (f"{DIAGONAL} + ", "")
    ),
    _mistake(
        "reset-after",
        ("(U @ inside)", f"({ROWS_OF_U} + inside)"),
        (INSIDE, "((h_prev @ U.T) * r_t * (1 - r_t))[:, :, None] * U_r"),
    ),
    _mistake("one-minus-z-missing", (SLOPE_Z, "(n_t - h_prev) * z_t")),
    _mistake("one-minus-r-missing", (SLOPE_R, "(h_prev * r_t)")),
    _mistake("sigmoid-derivative-missing", (SLOPE_Z, "n_t - h_prev"), (SLOPE_R, "h_prev")),
    _mistake("blend-sign", ("(n_t - h_prev)", "(h_prev - n_t)")),
    _mistake("blend-candidate-only", ("(n_t - h_prev)", "n_t")),
    _mistake("blend-state-only", ("(n_t - h_prev)", "-h_prev")),
    _mistake("candidate-for-state", (SLOPE_R, "(n_t * r_t * (1 - r_t))")),
    _mistake("state-missing-in-reset", (SLOPE_R, "(r_t * (1 - r_t))")),
    _mistake("tanh-derivative-missing", (SLOPE_N, "z_t")),
    _mistake("tanh-derivative-unsquared", (SLOPE_N, "(z_t * (1 - n_t))")),
    _mistake("candidate-not-weighted", (SLOPE_N, "(1 - n_t**2)")),
    _mistake("candidate-weighted-by-rest", (SLOPE_N, "((1 - z_t) * (1 - n_t**2))")),
    _mistake("copy-weighted-z", (COPY, "z_t[:, :, None] * one")),
    _mistake("copy-not-weighted", (COPY, "one + 0 * z_t[:, :, None]")),
    _mistake(
        "other-convention",
        (COPY, "z_t[:, :, None] * one"),
        ("(n_t - h_prev)", "(h_prev - n_t)"),
        (SLOPE_N, "((1 - z_t) * (1 - n_t**2))"),
    ),
    _mistake("copy-everywhere", (COPY, "(1 - z_t)[:, :, None] * (0 * one + 1)")),
    _mistake("products-turned-round", ("(U @ inside)", "(inside @ U)")),
    _mistake(
        "weights-transposed",
        ("* U_z", "* U_z.T"), ("[:, :, None] * U_r", "[:, :, None] * U_r.T"), ("(U @ inside)", "(U.T @ inside)"),
    ),
    _mistake("entry-by-entry", ("(U @ inside)", "(U * inside)")),
)  # fmt: skip

THIRD = "new[H : 2 * H] = b_z"
DRAWN = "uniform(1, T_max - 1, H)"
BIAS = "np.log(u) if z_keeps else -np.log(u)"

CHRONO_MISTAKES = (
    _mistake("candidate-always", (BIAS, "-np.log(u)")),
    _mistake("state-always", (BIAS, "np.log(u)")),
    _mistake("conventions-swapped", (BIAS, "-np.log(u) if z_keeps else np.log(u)")),
    _mistake("reset-rows", (THIRD, "new[:H] = b_z")),
    _mistake("candidate-rows", (THIRD, "new[2 * H :] = b_z")),
    _mistake("quarters", ("len(bias) // 3", "len(bias) // 4")),
    _mistake("interleaved-rows", (THIRD, "new[1::3] = b_z")),
    _mistake("other-rows-cleared", ("bias.copy()", "np.zeros(len(bias))")),
    _mistake("all-rows", (THIRD, "new[:] = np.tile(b_z, 3)")),
    _mistake("both-gates", (THIRD, "new[: 2 * H] = np.concatenate([-b_z, b_z])")),
    _mistake("added-to-old-bias", (THIRD, "new[H : 2 * H] += b_z")),
    _mistake("range-one-step-longer", (DRAWN, "uniform(1, T_max, H)")),
    _mistake("range-from-zero", (DRAWN, "uniform(0, T_max - 1, H)")),
    _mistake("one-subtracted-twice", (BIAS, "np.log(u - 1) if z_keeps else -np.log(u - 1)")),
    _mistake("logarithm-missing", (BIAS, "u if z_keeps else -u")),
    _mistake("logarithm-spread-evenly", (DRAWN, "uniform(0, np.log(T_max - 1), H)"), (BIAS, "u if z_keeps else -u")),
    _mistake("same-for-all", (DRAWN, "uniform(1, T_max - 1)")),
    _mistake("longest-for-all", ("np.random.default_rng(seed).uniform(1, T_max - 1, H)", "T_max - 1")),
    _mistake("logarithm-base-two", (BIAS, "np.log2(u) if z_keeps else -np.log2(u)")),
    _mistake("gate-for-bias", (BIAS, "1 - 1 / (u + 1) if z_keeps else 1 / (u + 1)")),
)

BIAS_MISTAKES = (
    _valued("bias-sign", "-log(exp(log(2) / k) - 1)"),
    _valued("bias-for-slow-units", "log(log(2) / k)"),
    _valued("power-turned-over", "log(exp(k * log(2)) - 1)"),
    _valued("share-as-bias", "1 - exp(-log(2) / k)"),
    _valued("log-of-share", "log(1 - exp(-log(2) / k))"),
    _valued("bias-for-time-constant", "log(exp(1 / k) - 1)"),
    _valued("chrono-for-half-life", "-log(k - 1)"),
    _valued("softplus-not-inverted", "log(1 + exp(log(2) / k))"),
    _valued("kept-share-as-bias", "-log(2) / k"),
)

FALLING = "np.log(2) / np.log1p(np.exp(b_z))"
RISING = "np.log(2) / np.log1p(np.exp(-b_z))"

PLOT_MISTAKES = (
    _mistake("plain-y-axis", ('axes.set_yscale("log")', "pass")),
    _mistake(
        "logarithm-on-plain-axis",
        (FALLING, f"np.log10({FALLING})"), (RISING, f"np.log10({RISING})"), ('axes.set_yscale("log")', "pass"),
    ),
    _mistake("gate-on-x-axis", ("plot(b_z, falling", "plot(1 / (1 + np.exp(-b_z)), falling"),
             ("plot(b_z, rising", "plot(1 / (1 + np.exp(-b_z)), rising")),
    _mistake("candidate-always", (RISING, FALLING)),
    _mistake("state-always", (FALLING, RISING)),
    _mistake("time-constant", (FALLING, "1 / np.log1p(np.exp(b_z))"), (RISING, "1 / np.log1p(np.exp(-b_z))")),
    _mistake("slow-approximation", (FALLING, "np.log(2) * np.exp(-b_z)"), (RISING, "np.log(2) * np.exp(b_z)")),
)  # fmt: skip


# ------------------------------------------------------------------------------------------- questions

HALF_LIFE = FunctionQuestion(
    id="09.1",
    name="half_life",
    title="The half-life",
    signature="half_life(b_z, z_keeps) -> k",
    equation=r"\lambda^{k_{1/2}} = \frac12, \qquad \lambda = \begin{cases} 1 - \sigma(b_z) & \text{if } z \text{ "
    r"weights the candidate} \\ \sigma(b_z) & \text{if } z \text{ weights the old state} \end{cases}",
    section=f"{CHAPTER}#half-life",
    returns=("k",),
    inputs=Inputs({"H": (1, 4)}, _bias_inputs),
    oracle=_half_life,
    hints=(
        "Take logarithms on both sides of the equation; k is then a quotient of two logarithms.",
        "1 - sigmoid(b) is 1 / (1 + e^b), and its logarithm is -ln(1 + e^b). In the other convention the bias changes "
        "its sign.",
        "np.log1p(y) is ln(1 + y), and loses nothing where y is tiny.",
    ),
    properties=(
        Property("candidate", "Where z weights the candidate (z_keeps False), the half-lives are right.",
                 1, _keeps(False)),
        Property("state", "Where z weights the old state (z_keeps True), the half-lives are right.",
                 1, _keeps(True)),
        Property("very-slow", "Units that lose a part in 10^17 at each step have a finite half-life, the right one.",
                 2, _very_slow),
        _unchanged(1),
    ),
    mistakes=HALF_LIFE_MISTAKES,
)  # fmt: skip

JACOBIAN = FunctionQuestion(
    id="09.2",
    name="jacobian",
    title="The Jacobian of a step",
    signature="jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t) -> J",
    equation=r"\begin{aligned} r_t &= \sigma(U_r h_{t-1} + a_r) \\ z_t &= \sigma(U_z h_{t-1} + a_z) \\ "
    r"n_t &= \tanh(U (r_t \odot h_{t-1}) + a_n) \\ h_t &= (1 - z_t) \odot h_{t-1} + z_t \odot n_t \\ "
    r"J_{ij} &= \frac{\mathrm{d} h_{t,i}}{\mathrm{d} h_{t-1,j}} \end{aligned}",
    section=f"{CHAPTER}#one-step",
    returns=("J",),
    inputs=Inputs({"B": (1, 3), "H": (1, 4)}, _step_inputs),
    oracle=_jacobian,
    hints=(
        "Four paths, four matrices of shape (B, H, H), added. diag(v) for a batch is v[:, :, None] * np.eye(H).",
        "diag(v) @ U scales the rows of U, and is v[:, :, None] * U: no matrix product is needed for it.",
        "Paths 3 and 4 share all that comes after r * h_prev: write the derivative of r * h_prev first, "
        "diag(r) + diag(h r (1 - r)) U_r, and multiply it by U from the left.",
    ),
    properties=(
        Property("copy", "With the update gate shut (z_t = 0) the state is copied: J is the identity.",
                 1, _with(z_t=0.0)),
        Property(
            "candidate-path",
            "With both gates open (z_t = r_t = 1) only the candidate's path is open, as in a vanilla RNN.",
            1, _with(z_t=1.0, r_t=1.0),
        ),
        Property(
            "reset-path",
            "With the update gate open (z_t = 1) J is the candidate's path and the reset gate's together.",
            1, _with(z_t=1.0),
        ),
        Property(
            "update-path",
            "Where the candidate does not see the state (U = 0), J is the copy and the update gate's path together.",
            1, _with(U=0.0),
        ),
        Property("all-paths", "For any gates and weights J is the sum of all four paths.", 2),
        _unchanged(1),
    ),
    mistakes=JACOBIAN_MISTAKES,
)  # fmt: skip

CHRONO = FunctionQuestion(
    id="09.3",
    name="chrono_bias",
    title="Chrono initialisation",
    signature="chrono_bias(bias, T_max, z_keeps, seed) -> new",
    equation=r"u_i \sim \mathrm{Uniform}(1,\; T_{\max} - 1), \qquad b_{z,i} = \begin{cases} -\ln u_i & \text{if } z "
    r"\text{ weights the candidate} \\ +\ln u_i & \text{if } z \text{ weights the old state} \end{cases}",
    section=f"{CHAPTER}#chrono-initialisation",
    returns=("new",),
    inputs=Inputs({"H": UNITS}, _chrono_inputs),
    oracle=_chrono_bias,
    hints=(
        "H is a third of the length of bias. A copy of bias, then one slice of it set.",
        "np.random.default_rng(seed).uniform(low, high, H) draws H numbers between low and high.",
        "The bias is the natural logarithm of what was drawn, with the sign that z_keeps asks for: a slow unit keeps, "
        "so the gate that keeps must be near 1.",
    ),
    properties=(
        Property(
            "rows", "The update gate's biases, and no others, are new: the middle block.", 2, _few_units,
            holds=_rows_hold,
        ),
        Property(
            "sign-candidate", "Where z weights the candidate (z_keeps False), all new biases lie below 0.", 1,
            _few_units_that(False), holds=_signs_hold, needs=("rows",),
        ),
        Property(
            "sign-state", "Where z weights the old state (z_keeps True), all new biases lie above 0.", 1,
            _few_units_that(True), holds=_signs_hold, needs=("rows",),
        ),
        Property(
            "range", "Over many units, e to the size of the new biases goes from 1 to T_max - 1, and no further.", 2,
            _short_range, holds=_range_holds, needs=("rows",),
        ),
        Property(
            "spread", "Over many units, e to the size of the new biases is spread evenly over its range.", 1,
            holds=_spread_holds, needs=("rows",),
        ),
        _unchanged(1, given=_few_units, holds=lambda args, expected, output: None),
    ),
    mistakes=CHRONO_MISTAKES,
)  # fmt: skip

BIAS_FOR = ExpressionQuestion(
    id="09.4",
    name="b_z",
    title="The bias for a half-life",
    equation=r"(1 - z)^k = \frac12, \qquad z = \sigma(b_z) = \frac{1}{1 + e^{-b_z}}",
    section=f"{CHAPTER}#half-life",
    points=2,
    expected="log(exp(log(2) / k) - 1)",
    symbols={"k": "the half-life"},
    ranges={"k": (0.5, 20.0)},
    hints=(
        "First solve for 1 - z, by taking the k-th root of both sides.",
        "1 - z is 1 / (1 + e^b). Turn both sides over.",
    ),
    mistakes=BIAS_MISTAKES,
)

TELLS = ChoiceQuestion(
    id="09.5",
    name="true_sentences",
    title="What a half-life tells",
    equation=r"J = \operatorname{diag}(1 - z) + \operatorname{diag}(z)\, M, \qquad "
    r"k_{1/2} = \frac{\ln 2}{\ln(1 + e^{b_z})}",
    section=f"{CHAPTER}#a-common-misconception",
    points=3,
    multiple=True,
    hints=(
        "Which of the sentences speak of the start, and which of a network that has been trained?",
        "Three sentences are true.",
    ),
    options=(
        Option(
            "a",
            "At the random start the half-life of a random gradient is close to the formula's, since M is small there.",
            "Measured within some per cent, over all biases and seeds of the chapter.",
            right=True,
        ),
        Option(
            "b",
            "After training, the mean of the gates over units and steps tells the half-life of what the network "
            "stores.",
            "A trained network shuts some gates at some steps and opens others. Wide gates spoil the mean, and the "
            "units that store go on storing beside them.",
            mistake="mean-gate-is-memory",
        ),
        Option(
            "c",
            "Along an eigenvector of M with the eigenvalue 0.9, a slow unit's gradient lasts about ten times as long "
            "as the formula says.",
            "It is forgotten as if the gate were z (1 - 0.9): what comes in through the candidate resembles what went "
            "out.",
            right=True,
        ),
        Option(
            "d",
            "What lies further back than one half-life cannot be learnt.",
            "A half-life is no border. Half of the gradient is left there, a quarter at twice the distance, and single "
            "directions can last much longer.",
            mistake="half-life-is-a-border",
            section=f"{CHAPTER}#many-steps",
        ),
        Option(
            "e",
            "The slower a unit's gate, the less its gate's value changes when its bias does.",
            "The slope of the sigmoid is z (1 - z), nearly z where z is small: a slow unit is slow to learn as well.",
            right=True,
        ),
        Option(
            "f",
            "Chrono initialisation makes every task quicker to learn, as it has units for all time scales.",
            "Its time scales are spread evenly in steps, so few units are quick. In the chapter's quick task it needs "
            "longer than the standard start.",
            mistake="chrono-is-free",
            section=f"{CHAPTER}#what-long-memory-costs",
        ),
        Option(
            "g",
            "The formula's bias can be copied as it is into the update gate of a PyTorch GRU.",
            "PyTorch's z weights the old state, so the same unit has the bias of the opposite sign. Copied as it is, a "
            "slow unit becomes a quick one.",
            mistake="bias-copied-between-conventions",
            section=f"{CHAPTER}#chrono-initialisation",
        ),
    ),
)

PICTURE = PlotQuestion(
    id="09.6",
    name="plot_half_lives",
    title="Both conventions in one picture",
    signature="plot_half_lives(b_z) -> figure",
    equation=r"k_{1/2} = \frac{\ln 2}{-\ln \lambda}, \qquad \lambda = 1 - \sigma(b_z) \;\text{ or }\; "
    r"\lambda = \sigma(b_z)",
    section=f"{CHAPTER}#half-life",
    inputs=Inputs({"N": (3, 6)}, _plot_inputs),
    oracle=_both_curves,
    hints=(
        "figure = Figure(); axes = figure.subplots(); then axes.plot(b_z, y, label=...) draws one line.",
        'axes.set_yscale("log") makes the axis logarithmic; axes.legend() shows the labels.',
        "A large bias opens the gate. Where z weights the candidate, such a unit forgets at once: that line falls.",
    ),
    properties=(
        Property("candidate", "A line shows the half-lives where z weights the candidate.", 1, holds=_draws(False)),
        Property("state", "A line shows the half-lives where z weights the old state.", 1, holds=_draws(True)),
        Property("logarithmic", "The y axis is logarithmic, and the x axis linear.", 1, holds=_has_scales),
        Property("named", "A legend names the two lines, each by the right word.", 1, holds=_has_names),
        Property("labelled", "Both axes have a label.", 1, holds=_has_labels),
    ),
    mistakes=PLOT_MISTAKES,
)

exercise = Exercise(
    id=CHAPTER,
    title="Gradient flow",
    modules=("numpy", "matplotlib"),
    questions=(HALF_LIFE, JACOBIAN, CHRONO, BIAS_FOR, TELLS, PICTURE),
)
