"""Chapter 03's exercise: how gradients fade, a product of Jacobians, clipping, a cliff, the far part of an update.

The oracle of the product is the package's backward, run from states that are drawn by themselves: a product of
Jacobians sees nothing else. Limits of clipping are drawn around the norm, on both sides of it.
"""

# ruff: noqa: E741  (I is the input size, as in the book)

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure

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
    NumberQuestion,
    Option,
    Plot,
    PlotAxes,
    PlotQuestion,
    Property,
)
from gru_book.numpy_backend.optim import clip_by_global_norm, global_norm
from gru_book.numpy_backend.rnn import RNNParams, rnn_step_backward

Array = np.ndarray[Any, Any]
CHAPTER = "03_vanishing_gradients"


# ---------------------------------------------------------------------------------------------- inputs


def _state_inputs(rng: np.random.Generator, B: int, H: int, T: int) -> Args:
    """States far enough from 0 and 1 that every slope shows; t anywhere from 0 to T."""
    signs = rng.choice([-1.0, 1.0], size=(T + 1, B, H))
    return {"U": rng.normal(size=(H, H)), "states": signs * rng.uniform(0.2, 0.8, size=(T + 1, B, H)),
            "t": int(rng.integers(0, T + 1))}  # fmt: skip


def _from_the_end(steps: int) -> Any:
    """Sets t so that `steps` factors are left, or as many as there are."""

    def given(args: Args) -> Args:
        return {**args, "t": max(len(args["states"]) - 1 - steps, 0)}

    return given


def _several_factors(args: Args) -> Args:
    """Sets t so that there are at least two factors, if T allows."""
    return {**args, "t": min(args["t"], max(len(args["states"]) - 3, 0))}


def _gradient_inputs(rng: np.random.Generator, H: int, I: int) -> Args:
    """Three arrays of about the same norm, and a limit on either side of that of the whole, and of smaller measures."""
    shapes = {"d_U": (H, H), "d_V": (H, I), "d_b": (H,)}
    size = rng.uniform(0.5, 4.0)
    args: Args = {}
    for name, shape in shapes.items():
        g = rng.normal(size=shape)
        args[name] = size * rng.uniform(0.6, 1.4) * g / np.linalg.norm(g)
    share = math.exp(rng.uniform(math.log(0.05), math.log(0.8))) if rng.random() < 0.5 else rng.uniform(1.3, 3.0)
    return {**args, "max_norm": float(share * _norm(args))}


def _norm(args: Args) -> float:
    return global_norm((args["d_U"], args["d_V"], args["d_b"]))


def _too_long(args: Args) -> Args:
    return {**args, "max_norm": min(args["max_norm"], 0.6 * _norm(args))}


def _short_enough(args: Args) -> Args:
    return {**args, "max_norm": max(args["max_norm"], 1.4 * _norm(args))}


def _share_inputs(rng: np.random.Generator, H: int, N: int, T: int) -> Args:
    """Shares that fade or grow with the distance from the end."""
    factor = rng.uniform(0.5, 1.2) ** np.arange(T)[::-1]
    return {"G": factor[:, None, None] * rng.normal(size=(T, H, N))}


# --------------------------------------------------------------------------------------------- oracles


def _state_jacobian(U: Array, states: Array, t: int) -> Array:
    """Row i is what a one in unit i of h_T becomes on its way back."""
    B, H = states.shape[1:]
    params, d = RNNParams(np.zeros((H, 1)), U), np.tile(np.eye(H), (B, 1))
    for h_j in states[:t:-1]:
        _, d = rnn_step_backward(params, np.repeat(h_j, H, axis=0), d)
    return d.reshape(B, H, H)


def _clip_gradients(d_U: Array, d_V: Array, d_b: Array, max_norm: float) -> tuple[Array, ...]:
    clipped, norm = clip_by_global_norm((d_U, d_V, d_b), max_norm)
    return *clipped, np.array(norm)


def _far_part(G: Array) -> Figure:
    sizes = [np.linalg.norm(G[: len(G) - k].sum(axis=0)) for k in range(len(G))]
    axes = (figure := Figure()).subplots()
    axes.semilogy(range(len(G)), np.array(sizes) / sizes[0])
    axes.set(xlabel="k", ylabel="|F_k| / |G|")
    return figure


# --------------------------------------------------------------------- what a figure of the far part must show


def _drawn(args: Args, plot: Plot) -> list[tuple[PlotAxes, Line]]:
    """The lines or clouds of points that have a point for each k, with their axes."""
    curves = [(axes, curve) for axes in plot.axes for curve in (*axes.lines, *axes.points)]
    return [(axes, curve) for axes, curve in curves if curve.x.size == len(args["G"])]


def _close(a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-12))


def _draws_sizes(args: Args, expected: Plot, plot: Plot) -> str | None:
    sizes = expected.axes[0].lines[0].y
    if not _drawn(args, plot):
        return f"No line has {sizes.size} points, one for each k."
    if any(_close(np.sort(line.y), np.sort(sizes)) for _, line in _drawn(args, plot)):
        return None
    return "The y values of the line are not the sizes of F_0 to F_(T-1), relative to that of G."


def _draws_distances(args: Args, expected: Plot, plot: Plot) -> str | None:
    right = expected.axes[0].lines[0]
    if not _drawn(args, plot):
        return f"No line has {right.x.size} points, one for each k."
    order = np.argsort(right.y, kind="stable")
    for _, line in _drawn(args, plot):
        if _close(line.x[np.argsort(line.y, kind="stable")], right.x[order]):
            return None
    return "The size of F_k does not stand at x = k."


def _has_scales(args: Args, expected: Plot, plot: Plot) -> str | None:
    for axes, _ in _drawn(args, plot):
        if (axes.xscale, axes.yscale) == ("linear", "log"):
            return None
        return f"The y axis is {axes.yscale} and the x axis {axes.xscale}."
    return "There is no line whose axes could be looked at."


def _has_labels(args: Args, expected: Plot, plot: Plot) -> str | None:
    for axes, _ in _drawn(args, plot):
        missing = [name for name, text in (("x", axes.xlabel), ("y", axes.ylabel)) if not text.strip()]
        return f"No label on the axis {' and '.join(missing)}." if missing else None
    return "There is no line whose axes could be looked at."


# -------------------------------------------------------------------------------------------- mistakes
# id: (title, why and how to see it, heading of the chapter).

TEXTS = {
    # a product of Jacobians
    "factors-reversed": (
        "The factors stand in the opposite order",
        "A nudge of h_t meets J_(t+1) first, so that stands on the right, next to the nudge; each later factor goes to "
        "the left of what is there. Matrices do not commute: try H = 2 with t = T - 2.",
        "a-product-of-jacobians",
    ),
    "recurrent-transposed": (
        "U is transposed",
        "Entry (i, k) of a Jacobian says how unit i of the new state follows unit k of the old one: row i of U, as in "
        "the forward. U transposed takes gradients back. To see it, let one off-diagonal entry of U be all that is "
        "not 0.",
        "a-product-of-jacobians",
    ),
    "slope-on-columns": (
        "The slopes multiply the columns of U",
        "The slope belongs to the unit that comes out, so it multiplies a row: diag(s) stands on the left of U. On the "
        "right it would be the slope of the state before. To see it, let one unit of h_T be 1: its row must be 0.",
        "a-product-of-jacobians",
    ),
    "slope-missing": (
        "The slope of the tanh is missing",
        "That is the product of a linear network, U to the power T - t. Each step also has diag(1 - h**2). "
        "To see it, let all units of h_T be 1: nothing may come through.",
        "a-product-of-jacobians",
    ),
    "slope-of-state-before": (
        "The slope is taken at the state before",
        "h_j came out of step j's tanh, and 1 - h_j**2 is the slope there; h_(j-1) came out of the step before. "
        "To see it, take t = T - 1 and let h_T be 1 and h_(T-1) be 0.",
        "a-product-of-jacobians",
    ),
    "slope-unsquared": (
        "The square is missing in the slope",
        "The derivative of tanh, written with its output, is 1 - h**2. To see it, let h be -1: the tanh is flat, and "
        "1 - h is 2.",
        "a-product-of-jacobians",
    ),
    "slope-squashed-again": (
        "The tanh is applied once more",
        "The states are outputs of the tanh already, and the slope is 1 - h**2. 1 - tanh(h)**2 would need the "
        "pre-activation. To see it, let a state be 1: the slope must be 0, not 0.42.",
        "a-product-of-jacobians",
    ),
    "slope-of-sigmoid": (
        "The slope of a sigmoid",
        "h * (1 - h) is the slope of a sigmoid in its output, which a gate has. That of tanh is 1 - h**2, and at h = 0 "
        "it is 1, not 0.",
        "a-product-of-jacobians",
    ),
    "one-factor-too-many": (
        "J_t is among the factors",
        "J_t leads *to* h_t; from h_t on there are J_(t+1) to J_T, so T - t factors. To see it, take t = T: the last "
        "state follows itself, and the answer is the identity.",
        "a-product-of-jacobians",
    ),
    "first-factor-missing": (
        "J_(t+1) is missing",
        "The first step after t has its factor too. To see it, take t = T - 1: one step lies between, and the answer "
        "is J_T, not the identity.",
        "a-product-of-jacobians",
    ),
    "last-factor-missing": (
        "J_T is missing",
        "range(a, b) ends before b, so the last factor needs range(..., T + 1). To see it, take t = T - 1: the answer "
        "is J_T, not the identity.",
        "a-product-of-jacobians",
    ),
    "entry-by-entry": (
        "Multiplied entry by entry",
        "* multiplies entries; two steps in a row are a matrix product, @. To see it, look off the diagonal: with the "
        "identity as the first factor all becomes 0 there.",
        "a-product-of-jacobians",
    ),
    "jacobians-added": (
        "The Jacobians are added",
        "The steps come one after the other, so their Jacobians are multiplied. Sums belong to roads that lie side by "
        "side. To see it, set U to 0: the product is 0, and the sum is not.",
        "a-product-of-jacobians",
    ),
    "transposed-result": (
        "The result is transposed",
        "D[i, m] says how unit i of h_T follows unit m of h_t. The transpose is what a gradient is multiplied by. "
        "To see it, take t = T - 1 and compare with diag(1 - h_T**2) U.",
        "a-product-of-jacobians",
    ),
    "one-jacobian-for-all": (
        "The last step's Jacobian at every step",
        "Each step has slopes of its own, since the state has moved on. A power of one Jacobian is right for a state "
        "that stands still.",
        "spectral-radius-and-norm",
    ),
    "t-ignored": (
        "The product always runs from the first state",
        "It starts at h_t: the factors are J_(t+1) to J_T. To see it, take t = T: the answer must be the identity.",
        "a-product-of-jacobians",
    ),
    "first-sequence-only": (
        "All sequences get the Jacobians of the first",
        "Each sequence has its own states, hence its own slopes: D[i] belongs to states[:, i]. "
        "To see it, let the first sequence be all zeros and another saturated.",
        "a-product-of-jacobians",
    ),
    # clipping
    "each-array": (
        "Each array is clipped by itself",
        "The norm is one for all arrays together, and so is the factor. Three factors change the direction of the "
        "whole, and let it be longer than max_norm.",
        "clipping",
    ),
    "by-value": (
        "Each entry is clipped by itself",
        "Cutting large entries and leaving small ones turns the gradient; the chapter measured by how much. "
        "Multiply all entries by one factor.",
        "clipping",
    ),
    "always-rescaled": (
        "A short gradient is made longer",
        "The factor is at most 1: a gradient that is shorter than max_norm stays as it is. Otherwise the steps never "
        "become small, and training cannot settle.",
        "clipping",
    ),
    "squared-norm": (
        "The root is missing",
        "The norm is the root of the sum of squares. Without it a gradient of length 2 counts as 4, and one of 0.5 as "
        "0.25.",
        "clipping",
    ),
    "absolute-norm": (
        "The sum of absolute values in place of the norm",
        "That is another norm, the L1 norm, and always at least as large: [3, 4] has the length 5, not 7.",
        "clipping",
    ),
    "largest-entry": (
        "The largest entry in place of the norm",
        "Many small entries can make a long gradient. A hundred entries of 1 have the length 10, and their largest "
        "entry is 1.",
        "clipping",
    ),
    "sum-of-norms": (
        "The norms of the arrays are added",
        "Squares add up, norms do not: arrays of norm 3 and 4 have together the norm 5, not 7. Add the squares of all "
        "entries, then take the root.",
        "clipping",
    ),
    "largest-of-norms": (
        "The largest of the three norms",
        "Three arrays of norm 0.9 make a gradient of norm 1.56. Add the squares of all entries of all arrays.",
        "clipping",
    ),
    "stretch-for-length": (
        "The largest singular value of a matrix in place of its length",
        "np.linalg.norm(d_U, 2) is how far d_U stretches a vector. The length of a gradient takes all its entries, "
        "whatever shape they lie in.",
        "clipping",
    ),
    "mean-square": (
        "The mean of the squares in place of their sum",
        "The root of the mean square says how large an entry is; the length of a step grows with the number of entries "
        "as well.",
        "clipping",
    ),
    "norm-after": (
        "The norm after clipping is returned",
        "After clipping the norm is never above max_norm, so it says nothing. The norm before is what shows a cliff "
        "in a training run.",
        "clipping",
    ),
    "bias-not-counted": (
        "The bias is left out of the norm",
        "The bias is a parameter like the others, and moves with the same step. To see it, let d_b alone be long.",
        "clipping",
    ),
    "bias-not-scaled": (
        "The bias is not scaled",
        "One factor for all arrays: if the bias keeps its length, the direction of the whole turns towards it.",
        "clipping",
    ),
    "long-gradients-dropped": (
        "A gradient that is too long is thrown away",
        "Then a steep place stops the training: the weights stay where they are, and the next gradient is as long. "
        "Shorten it to max_norm.",
        "clipping",
    ),
    "to-length-one": (
        "Scaled to the length 1, not to max_norm",
        "The factor is max_norm / norm: where it is below 1, the result has the length max_norm.",
        "clipping",
    ),
    "minimum-for-maximum": (
        "The wrong one of the two factors",
        "The smaller of 1 and max_norm / norm. The larger one leaves long gradients as they are and stretches short "
        "ones.",
        "clipping",
    ),
    "factor-upside-down": (
        "The quotient is upside down",
        "norm / max_norm is above 1 where the gradient is too long, so nothing is shortened there, and short gradients "
        "are made shorter.",
        "clipping",
    ),
    # the far part
    "near-part": (
        "The near part in place of the far one",
        "F_k leaves *out* the last k steps. What is drawn is what the last k + 1 steps bring, which grows with k. "
        "At k = 0 nothing is left out, and the point must be 1.",
        "from-the-gradient-to-the-update",
    ),
    "single-shares": (
        "Each step's share by itself",
        "F_k is a sum: all steps from the first to T - k. A single share says nothing of what the steps before it "
        "add or take away.",
        "from-the-gradient-to-the-update",
    ),
    "sizes-added": (
        "Sizes are added, not shares",
        "Add the shares first, then take the size: shares of opposite sign cancel, and their sizes do not. To see it, "
        "take two shares G and -G.",
        "from-the-gradient-to-the-update",
    ),
    "not-relative": (
        "Not divided by the size of the whole",
        "The question is which part of the update it is, so at k = 0 the point is 1, whatever the scale of the loss.",
        "from-the-gradient-to-the-update",
    ),
    "relative-to-added-sizes": (
        "Divided by the sum of the steps' sizes",
        "The whole is the sum of the shares, and its size is less than the sum of their sizes where they differ in "
        "direction. At k = 0 the point must be 1.",
        "from-the-gradient-to-the-update",
    ),
    "squared-sizes": (
        "The root is missing",
        "The size is the root of the sum of squares. Squared sizes fall twice as fast on a logarithmic axis.",
        "from-the-gradient-to-the-update",
    ),
    "linear-y-axis": (
        "The y axis is linear",
        "What falls by a factor at each step is a straight line on a logarithmic axis; on a linear one all small "
        "values lie on 0.",
        "from-the-gradient-to-the-update",
    ),
    "logarithm-on-linear-axis": (
        "Logarithms on a linear axis",
        "The picture looks the same, but the axis then shows -2 where it should show 0.01. Let the axis do it: "
        "semilogy.",
        "from-the-gradient-to-the-update",
    ),
    "step-for-distance": (
        "Drawn over the step, not over the distance",
        "k counts from the end: the whole stands at k = 0, on the left, and the first step's share at T - 1.",
        "from-the-gradient-to-the-update",
    ),
    "distance-off-by-one": (
        "The distance is off by one",
        "At k = 0 no step is left out. The points stand at 0 to T - 1.",
        "from-the-gradient-to-the-update",
    ),
}


def _mistake(mistake_id: str, *patch: tuple[str, str]) -> Mistake:
    """The misconception of that id, planted by `patch` in the reference of the question that lists it."""
    title, why, anchor = TEXTS[mistake_id]
    return Mistake(mistake_id, title, why, f"{CHAPTER}#{anchor}", patch=patch)


def _steps_until(share: float, factor: float) -> float:
    return math.ceil(math.log(share) / math.log(factor))


RADIUS = math.sqrt(0.85)

STEPS_MISTAKES = (
    Mistake(
        "real-part-alone",
        "The real part taken for the size",
        "The eigenvalues are 0.7 + 0.6i and 0.7 - 0.6i. The size of a complex number is the root of the sum of both "
        "squares, 0.922; 0.7 is its real part.",
        value=_steps_until(0.01, 0.7),
    ),
    Mistake(
        "imaginary-part-alone",
        "An off-diagonal entry taken for the factor",
        "A step turns *and* shrinks. The factor takes both entries: the root of 0.7 squared and 0.6 squared.",
        value=_steps_until(0.01, 0.6),
    ),
    Mistake(
        "determinant-for-radius",
        "The root is missing",
        "0.85 is the sum of the squares, and the determinant. A length is multiplied by its root, 0.922, at each step.",
        value=_steps_until(0.01, 0.85),
    ),
    Mistake(
        "rounded-down",
        "Rounded down",
        "After 56 steps 1.05 % is left, which is not yet below 1 %. The first whole number that is far enough is the "
        "next one.",
        value=56,
    ),
    Mistake(
        "not-whole",
        "Not a whole number of steps",
        "There it crosses 1 %, between two steps. The question asks for the first whole number after it.",
        value=math.log(0.01) / math.log(RADIUS),
    ),
    Mistake(
        "half-life",
        "The steps until half is left",
        "1 % is left after as many half-lives as it takes to halve 1 down to 0.01, nearly seven.",
        value=_steps_until(0.5, RADIUS),
    ),
    Mistake(
        "two-logarithms",
        "Two different logarithms",
        "Both logarithms need the same base: -2 is the common logarithm of 0.01, and the natural one is -4.61.",
        value=_steps_until(math.exp(-2.0), RADIUS),
    ),
    Mistake(
        "counts-the-start",
        "The start counted as a step",
        "k counts the factors: at k = 0 all is there, and after k factors the size is 0.922 to the power k.",
        value=58,
    ),
)

SLOPE, FACTOR, GROW = "1 - states[j] ** 2", "slope[:, :, None] * U", "J @ D"

JACOBIAN_MISTAKES = (
    _mistake("factors-reversed", (GROW, "D @ J")),
    _mistake("recurrent-transposed", (FACTOR, "slope[:, :, None] * U.T")),
    _mistake("slope-on-columns", (FACTOR, "slope[:, None, :] * U")),
    _mistake("slope-missing", (FACTOR, "np.ones_like(slope)[:, :, None] * U")),
    _mistake("slope-of-state-before", (SLOPE, "1 - states[j - 1] ** 2")),
    _mistake("slope-unsquared", (SLOPE, "1 - states[j]")),
    _mistake("slope-squashed-again", (SLOPE, "1 - np.tanh(states[j]) ** 2")),
    _mistake("slope-of-sigmoid", (SLOPE, "states[j] * (1 - states[j])")),
    _mistake("one-factor-too-many", ("range(t + 1, T + 1)", "range(t, T + 1)")),
    _mistake("first-factor-missing", ("range(t + 1, T + 1)", "range(t + 2, T + 1)")),
    _mistake("last-factor-missing", ("range(t + 1, T + 1)", "range(t + 1, T)")),
    _mistake("entry-by-entry", (GROW, "J * D")),
    _mistake("jacobians-added", (GROW, "J + D")),
    _mistake("transposed-result", ("return D", "return D.transpose(0, 2, 1)")),
    _mistake("one-jacobian-for-all", (SLOPE, "1 - states[-1] ** 2")),
    _mistake("t-ignored", ("range(t + 1, T + 1)", "range(1, T + 1)")),
    _mistake("first-sequence-only", (SLOPE, "1 - states[j][:1] ** 2")),
)

SQUARES, NORM = "(d_U**2).sum() + (d_V**2).sum() + (d_b**2).sum()", "np.sqrt(squares)"
ALPHA, ALL = "min(1.0, max_norm / norm)", "alpha * d_U, alpha * d_V, alpha * d_b, norm"
SIZES = "np.sqrt((d_U**2).sum()), np.sqrt((d_V**2).sum()), np.sqrt((d_b**2).sum())"

CLIP_MISTAKES = (
    _mistake("each-array", (ALL, "*(g * min(1.0, max_norm / np.linalg.norm(g)) for g in (d_U, d_V, d_b)), norm")),
    _mistake("by-value", (ALL, "*(np.clip(g, -max_norm, max_norm) for g in (d_U, d_V, d_b)), norm")),
    _mistake("always-rescaled", (ALPHA, "max_norm / norm")),
    _mistake("squared-norm", (NORM, "squares")),
    _mistake("absolute-norm", (NORM, "np.abs(d_U).sum() + np.abs(d_V).sum() + np.abs(d_b).sum()")),
    _mistake("largest-entry", (NORM, "max(np.abs(d_U).max(), np.abs(d_V).max(), np.abs(d_b).max())")),
    _mistake("sum-of-norms", (NORM, f"sum(({SIZES}))")),
    _mistake("largest-of-norms", (NORM, f"max({SIZES})")),
    _mistake("stretch-for-length", (SQUARES, "np.linalg.norm(d_U, 2)**2 + np.linalg.norm(d_V, 2)**2 + (d_b**2).sum()")),
    _mistake("mean-square", (NORM, "np.sqrt(squares / (d_U.size + d_V.size + d_b.size))")),
    _mistake("norm-after", (ALL, "alpha * d_U, alpha * d_V, alpha * d_b, alpha * norm")),
    _mistake("bias-not-counted", (SQUARES, "(d_U**2).sum() + (d_V**2).sum()")),
    _mistake("bias-not-scaled", (ALL, "alpha * d_U, alpha * d_V, d_b.copy(), norm")),
    _mistake("long-gradients-dropped", (ALPHA, "float(norm <= max_norm)")),
    _mistake("to-length-one", (ALPHA, "1.0 if norm <= max_norm else 1.0 / norm")),
    _mistake("minimum-for-maximum", (ALPHA, "max(1.0, max_norm / norm)")),
    _mistake("factor-upside-down", (ALPHA, "min(1.0, norm / max_norm)")),
)

CLIFF_MISTAKES = (
    Mistake(
        "last-use-only",
        "The partial derivative alone",
        "That is the term of t = 3, in which the state before is held. u was used at the steps before as well.",
        value="h * (1 - h**2)",
    ),
    Mistake(
        "first-use-only",
        "Only the use of u at the first step",
        "That is the term that has travelled furthest. The uses at steps 2 and 3 have terms of their own, and all "
        "three are added.",
        value="h * (1 - h**2) * (u * (1 - h**2))**2",
    ),
    Mistake(
        "derivative-in-b",
        "The derivative in b",
        "u is multiplied by the state before, so each use of u has a factor h_(t-1); a use of b has the factor 1.",
        value="(1 - h**2) * (1 + u * (1 - h**2) + (u * (1 - h**2))**2)",
    ),
    Mistake(
        "own-slope-missing",
        "The slope of the step at which u is used is missing",
        "What u does at step t goes through the tanh of step t first: the factor s_t stands outside the product.",
        value="h * (1 + u * (1 - h**2) + (u * (1 - h**2))**2)",
    ),
    Mistake(
        "slopes-on-the-way-missing",
        "The slopes on the way are missing",
        "Each later step multiplies by u *and* by its slope.",
        value="h * (1 - h**2) * (1 + u + u**2)",
    ),
    Mistake(
        "weights-on-the-way-missing",
        "The weight on the way is missing",
        "Each later step multiplies by its slope *and* by u, since it reads the state through u.",
        value="h * (1 - h**2) * (1 + (1 - h**2) + (1 - h**2)**2)",
    ),
    Mistake(
        "one-term-too-few",
        "One term too few",
        "There are three uses of u. The first of them travels through two more steps, so its term has (u s) squared.",
        value="h * (1 - h**2) * (1 + u * (1 - h**2))",
    ),
    Mistake(
        "one-term-too-many",
        "One term too many",
        "There are three uses of u, at steps 1, 2 and 3. None travels through three more steps.",
        value="h * (1 - h**2) * (1 + u * (1 - h**2) + (u * (1 - h**2))**2 + (u * (1 - h**2))**3)",
    ),
    Mistake(
        "all-terms-alike",
        "All terms taken to travel equally far",
        "Only the use at step 1 travels through two steps; that at step 3 through none.",
        value="3 * h * (1 - h**2) * (u * (1 - h**2))**2",
    ),
    Mistake(
        "slope-without-square",
        "The square is missing in the slope",
        "The derivative of tanh, written with its output h, is 1 - h**2.",
        value="h * (1 - h) * (1 + u * (1 - h) + (u * (1 - h))**2)",
    ),
)

FAR, FROBENIUS, DISTANCE = "np.cumsum(G, axis=0)[::-1]", "np.sqrt((far**2).sum(axis=(1, 2)))", "np.arange(T)"
DRAW, RELATIVE = "axes.semilogy(k, sizes / sizes[0]", "sizes / sizes[0]"
STEP_SIZES = "np.sqrt((G**2).sum(axis=(1, 2)))"

PLOT_MISTAKES = (
    _mistake("near-part", (FAR, "np.cumsum(G[::-1], axis=0)"), (RELATIVE, "sizes / sizes[-1]")),
    _mistake("single-shares", (FAR, "G[::-1]"), (RELATIVE, "sizes / np.linalg.norm(G.sum(axis=0))")),
    _mistake("step-for-distance", (DISTANCE, "T - np.arange(T)")),
    _mistake("distance-off-by-one", (DISTANCE, "np.arange(1, T + 1)")),
    _mistake("linear-y-axis", (DRAW, "axes.plot(k, sizes / sizes[0]")),
    _mistake("sizes-added", (FROBENIUS, f"np.cumsum({STEP_SIZES})[::-1]")),
    _mistake("not-relative", (RELATIVE, "sizes")),
    _mistake("squared-sizes", (FROBENIUS, "(far**2).sum(axis=(1, 2))")),
    _mistake("relative-to-added-sizes", (RELATIVE, f"sizes / {STEP_SIZES}.sum()")),
    _mistake("logarithm-on-linear-axis", (DRAW, "axes.plot(k, np.log10(sizes / sizes[0])")),
)


# ------------------------------------------------------------------------------------------- questions


def _gradient(args: Args, output: Any) -> Array:
    """The three arrays of a clipped gradient, as one."""
    return np.concatenate([np.ravel(part) for part in output[:3]])


def _unchanged() -> Property:
    return Property(UNCHANGED, "The arguments are left as they were: nothing is changed in place.", 1)


STEPS = NumberQuestion(
    id="03.1",
    name="steps",
    title="How many steps",
    equation=r"J_t = U = \begin{pmatrix} 0.7 & 0.6 \\ -0.6 & 0.7 \end{pmatrix}, "
    r"\qquad d_{T-k} = (U^{\mathsf T})^k\, d_T",
    section=f"{CHAPTER}#spectral-radius-and-norm",
    points=1,
    expected=57,
    rtol=1e-4,
    unit="steps",
    mistakes=STEPS_MISTAKES,
    hints=(
        "The transpose of U times U is 0.85 times the identity. So what does one step do to the square of a length?",
        "Each step multiplies the length by the root of 0.85, whatever its direction. Set its k-th power to 0.01, and "
        "take logarithms.",
    ),
)

JACOBIAN = FunctionQuestion(
    id="03.2",
    name="state_jacobian",
    title="A product of Jacobians",
    signature="state_jacobian(U, states, t) -> D",
    equation=r"\frac{\mathrm dh_T}{\mathrm dh_t} = J_T\, J_{T-1} \cdots J_{t+1}, \qquad "
    r"J_j = \operatorname{diag}(1 - h_j^2)\, U",
    section=f"{CHAPTER}#a-product-of-jacobians",
    returns=("D",),
    inputs=Inputs({"B": (1, 3), "H": (1, 4), "T": (1, 5)}, _state_inputs),
    oracle=_state_jacobian,
    rtol=1e-4,
    atol=1e-5,
    hints=(
        "(1 - states[j] ** 2)[:, :, None] * U is the Jacobian of step j for all sequences at once, of shape (B, H, H).",
        "@ multiplies stacks of matrices, sequence by sequence. Start with the identity, and let j go from t + 1 to T.",
        "The new factor stands on the left: D = J @ D. np.tile(np.eye(H), (B, 1, 1)) is an identity for each "
        "sequence.",
    ),
    properties=(
        Property("one-factor", "With t = T - 1 the answer is the last step's Jacobian.", 1, _from_the_end(1)),
        Property("several-factors", "With two factors or more they stand in the right order.", 3, _several_factors),
        Property("no-factor", "With t = T there is no factor, and the answer is the identity.", 1, _from_the_end(0),
                 needs=("one-factor",)),
        _unchanged(),
    ),
    mistakes=JACOBIAN_MISTAKES,
)  # fmt: skip

CLIP = FunctionQuestion(
    id="03.3",
    name="clip_gradients",
    title="Clipping",
    signature="clip_gradients(d_U, d_V, d_b, max_norm) -> d_U, d_V, d_b, norm",
    equation=r"\alpha = \min\Bigl(1,\; \frac{\Delta}{\lVert g \rVert}\Bigr), \qquad \lVert g \rVert = "
    r"\sqrt{\sum_i g_i^2} \;\text{ over all entries of all arrays}",
    section=f"{CHAPTER}#clipping",
    returns=("d_U", "d_V", "d_b", "norm"),
    inputs=Inputs({"H": (1, 4), "I": (1, 3)}, _gradient_inputs),
    oracle=_clip_gradients,
    hints=(
        "One number first: the sum of the squares of all entries of all three arrays, and its root.",
        "min(1.0, max_norm / norm) is the factor. If the gradient is short enough, the quotient is above 1.",
        "Return three new arrays, alpha * d_U and so on, and the norm that you computed before.",
    ),
    properties=(
        Property("too-long", "A gradient that is too long is scaled to max_norm, and keeps its direction.", 2,
                 _too_long, view=_gradient),
        Property("short-enough", "A gradient that is short enough stays as it is.", 1, _short_enough,
                 view=_gradient, needs=("too-long",)),
        Property("norm-before", "The norm that is returned is that of the gradient before clipping.", 1,
                 view=lambda args, output: output[3]),
        Property("any-limit", "With any limit, all four results are right.", 1),
        _unchanged(),
    ),
    mistakes=CLIP_MISTAKES,
)  # fmt: skip

CLIFF = ExpressionQuestion(
    id="03.4",
    name="d_h_3_d_u",
    title="On the cliff",
    equation=r"\frac{\mathrm dh_T}{\mathrm du} = \sum_{t=1}^{T} \Bigl( \prod_{j=t+1}^{T} u\, s_j \Bigr) s_t\, h_{t-1}, "
    r"\qquad s_t = 1 - h_t^2",
    section=f"{CHAPTER}#the-cliff",
    points=2,
    expected="h * (1 - h**2) * (1 + u * (1 - h**2) + u**2 * (1 - h**2)**2)",
    symbols={"u": "the weight", "h": "the state at which the unit stands"},
    ranges={"u": (0.5, 3.0), "h": (0.1, 0.9)},
    hints=(
        "Write the three terms, t = 1, 2, 3, one below the other. All slopes are 1 - h**2 and all states are h.",
        "t = 3 has no factor u s before it, t = 2 has one, t = 1 has two. What do all three have in common?",
    ),
    mistakes=CLIFF_MISTAKES,
)

SAFE = ChoiceQuestion(
    id="03.5",
    name="safe",
    title="What is safe to say",
    equation=r"\frac{\mathrm dh_T}{\mathrm dh_t} = J_T \cdots J_{t+1}, \qquad J_t = \operatorname{diag}(1 - h_t^2)\, "
    r"U, \qquad \frac{\mathrm dL}{\mathrm dW} = \sum_{t=1}^{T} G_t",
    section=f"{CHAPTER}#a-common-misconception",
    points=4,
    multiple=True,
    options=(
        Option(
            "a",
            "If the largest singular value of U is below 1, gradients vanish, whatever the inputs are.",
            "Each factor stretches by at most that value, since the slopes are at most 1: the bound is a power that "
            "dies out.",
            right=True,
        ),
        Option(
            "b",
            "If the spectral radius of U is below 1, a gradient gets shorter at each step back.",
            "It says what becomes of the powers of U in the end. Before that a matrix that is not normal can stretch: "
            "the chapter's chain of 8 units, all eigenvalues 0.9, grows to hundreds of times its size first.",
            mistake="radius-below-one-shrinks",
        ),
        Option(
            "c",
            "If the spectral radius of U is above 1, gradients explode.",
            "The slopes of the tanh are in each factor. Without input the state grows until they bring the factor back "
            "to about 1; with large inputs it is below 1.",
            mistake="radius-above-one-explodes",
        ),
        Option(
            "d",
            "If gradients vanish, the norm of dL/dW is near 0, so one need only watch that norm.",
            "dL/dW is a sum over steps, and its last terms do not vanish. The norm is as large as ever; what is gone "
            "is the far past's part of it.",
            mistake="vanishing-is-near-zero",
            section=f"{CHAPTER}#from-the-gradient-to-the-update",
        ),
        Option(
            "e",
            "In a random network, larger inputs make gradients shrink faster.",
            "They push the units away from 0, where the slopes are smaller, and the slopes are in every factor.",
            right=True,
        ),
        Option(
            "f",
            "Clipping by the global norm leaves the far past's share of each update as it was.",
            "One factor multiplies the near and the far part alike.",
            right=True,
        ),
        Option(
            "g",
            "A larger learning rate, or Adam, gives the far past its share in the update back.",
            "Both scale a sum; they cannot tell its old terms from its new ones. In the chapter Adam's step with the "
            "last ten steps alone has nearly the direction of that with all of them.",
            mistake="rescaling-brings-it-back",
            section=f"{CHAPTER}#from-the-gradient-to-the-update",
        ),
        Option(
            "h",
            "One unit that holds a bit safely against noise has a Jacobian below 1 while it holds it.",
            "The edge of what can be held is where u (1 - h**2) is 1; above it the Jacobian is smaller.",
            right=True,
        ),
    ),
    hints=(
        "What holds for every single factor holds for the product. What holds for the powers of one matrix need not.",
        "Four sentences are true. Of the two about the spectral radius, neither is.",
    ),
)

FAR_PART = PlotQuestion(
    id="03.6",
    name="plot_far_part",
    title="The far part of the update",
    signature="plot_far_part(G) -> figure",
    equation=r"\frac{\lVert F_k \rVert_F}{\lVert G \rVert_F}, \qquad F_k = \sum_{t=1}^{T-k} G_t, \qquad "
    r"\lVert A \rVert_F = \sqrt{\sum_{i,j} A_{ij}^2}, \qquad k = 0, \dots, T - 1",
    section=f"{CHAPTER}#from-the-gradient-to-the-update",
    inputs=Inputs({"H": (1, 3), "N": (1, 4), "T": (1, 6)}, _share_inputs),
    oracle=_far_part,
    hints=(
        "np.cumsum(G, axis=0) adds up from the first step on: its last row is the whole, the row before leaves out the "
        "last step. Which row is F_k?",
        "[::-1] turns the rows round, and then row k is F_k. Its size takes all entries of the last two axes.",
        "figure = Figure(); axes = figure.subplots(); then axes.semilogy(k, y) draws on a logarithmic y axis.",
    ),
    properties=(
        Property("sizes", "A line shows the sizes of F_0 to F_(T-1), relative to that of G.", 1, holds=_draws_sizes),
        Property("distances", "The size of F_k stands at x = k.", 1, holds=_draws_distances),
        Property("logarithmic", "The y axis is logarithmic, and the x axis linear.", 1, holds=_has_scales),
        Property("labelled", "Both axes have a label.", 1, holds=_has_labels),
    ),
    mistakes=PLOT_MISTAKES,
)

exercise = Exercise(
    id=CHAPTER,
    title="Vanishing gradients",
    modules=("numpy", "matplotlib"),
    questions=(STEPS, JACOBIAN, CLIP, CLIFF, SAFE, FAR_PART),
)
