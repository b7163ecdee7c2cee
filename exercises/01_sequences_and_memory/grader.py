"""Chapter 01's exercise: what a state keeps; a leaky integrator over a padded batch, half-life, noise, a picture."""

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
from gru_book.numpy_backend.scan import scan_backward, scan_loop

Array = np.ndarray[Any, Any]
CHAPTER = "01_sequences_and_memory"
NONSENSE = 50.0
"""What stands in the padding: finite, and far from any input."""


# ---------------------------------------------------------------------------------------------- inputs


def _batch_inputs(rng: np.random.Generator, B: int, T: int) -> Args:
    """A share that is not its own complement, first states that are not 0, ragged lengths with 0 among them."""
    alpha = float(np.round(rng.choice([rng.uniform(0.15, 0.4), rng.uniform(0.6, 0.85)]), 2))
    return {
        "x": rng.normal(size=(T, B)),
        "lengths": _ragged(rng, B, T),
        "alpha": alpha,
        "h_0": rng.choice([-1.0, 1.0], size=B) * rng.uniform(0.5, 2.0, size=B),
    }


def _ragged(rng: np.random.Generator, B: int, T: int) -> Array:
    """Lengths (B,) in 0..T, different where they can be; at B = 3 the first is neither the longest nor the shortest."""
    lengths = np.sort(rng.choice(T, size=B, replace=T < B))
    if rng.random() < 1 / 6:
        lengths[-1] = T
    order = rng.permutation(B)
    if B > 2:
        order = np.concatenate([[1], order[order != 1]])
    return lengths[order].astype(np.int64)


def _full(args: Args) -> Args:
    return {**args, "lengths": np.full_like(args["lengths"], len(args["x"]))}


def _padded(args: Args) -> Args:
    """Puts nonsense past each length."""
    valid = np.arange(len(args["x"]))[:, None] < args["lengths"]
    return {**args, "x": np.where(valid, args["x"], NONSENSE)}


def _picture_inputs(rng: np.random.Generator, K: int, T: int) -> Args:
    """Shares that differ from each other and from their complements."""
    alphas = rng.choice([0.05, 0.1, 0.2, 0.3, 0.4, 0.65, 0.75, 0.85], size=K, replace=False)
    return {"alphas": alphas, "T": int(T)}


# --------------------------------------------------------------------------------------------- oracles


def _leaky_batch(x: Array, lengths: Array, alpha: float, h_0: Array) -> tuple[Array, Array]:
    """The package's scan: in padding the share of the new is 0."""
    valid = np.arange(len(x))[:, None] < lengths
    share = alpha * valid
    held = scan_loop(1 - share, share * x, h_0)
    return np.where(valid, held, 0.0), held[-1]


def _memory(alphas: Array, T: int) -> Figure:
    """The package's backward of the scan, from a one in the last state."""
    axes = (figure := Figure()).subplots()
    last = np.zeros(T)
    last[-1] = 1.0
    for alpha in alphas:
        _, d_b, _ = scan_backward(np.full(T, 1 - alpha), np.zeros(T), last)
        axes.semilogy(np.arange(T), alpha * d_b[::-1], label=f"{alpha}")
    axes.set(xlabel="k", ylabel="dh_T/dx_(T-k)")
    axes.legend()
    return figure


# ---------------------------------------------------------------------- what a picture of memory must show


def _drawn(args: Args, plot: Plot) -> list[tuple[PlotAxes, Line]]:
    """The lines or clouds of T points, with their axes."""
    curves = [(axes, curve) for axes in plot.axes for curve in (*axes.lines, *axes.points)]
    return [(axes, curve) for axes, curve in curves if curve.x.size == args["T"]]


def _close(a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-12))


def _draws_weights(args: Args, expected: Plot, plot: Plot) -> str | None:
    wanted = [np.sort(line.y) for line in expected.axes[0].lines]
    drawn = [np.sort(line.y) for _, line in _drawn(args, plot)]
    if len(drawn) != len(wanted):
        return f"Expected {len(wanted)} lines of {args['T']} points, one for each share, and found {len(drawn)}."
    for alpha, weights in zip(args["alphas"], wanted, strict=True):
        if not any(_close(weights, line) for line in drawn):
            return f"No line has the weights of alpha = {alpha:g} as its y values."
    return None


def _draws_ages(args: Args, expected: Plot, plot: Plot) -> str | None:
    drawn = _drawn(args, plot)
    if not drawn:
        return f"No line has {args['T']} points, one for each input."
    for _, line in drawn:
        falling = line.x[np.argsort(-line.y, kind="stable")]  # the largest weight belongs to the newest input
        if not _close(falling, np.arange(args["T"])):
            return "The weight of the input k steps before the end does not stand at x = k."
    return None


def _has_scales(args: Args, expected: Plot, plot: Plot) -> str | None:
    for axes, _ in _drawn(args, plot):
        if (axes.xscale, axes.yscale) == ("linear", "log"):
            return None
        return f"The y axis is {axes.yscale} and the x axis {axes.xscale}."
    return "There is no line whose axes could be looked at."


def _has_names(args: Args, expected: Plot, plot: Plot) -> str | None:
    for axes, _ in _drawn(args, plot):
        missing = [name for name, text in (("x", axes.xlabel), ("y", axes.ylabel)) if not text.strip()]
        if missing:
            return f"No label on the axis {' and '.join(missing)}."
        names = {text for text in axes.legend if text.strip()}
        if len(names) < len(args["alphas"]):
            return f"The legend has {len(names)} different names for {len(args['alphas'])} lines."
        return None
    return "There is no line whose axes could be looked at."


# ---------------------------------------------------------------------------------------------- mistakes

STEP = "h_t = (1 - alpha) * h + alpha * x[t]"
HOLD = "h = np.where(valid, h_t, h)"
EMIT = "output[t] = np.where(valid, h, 0.0)"
VALID = "valid = t < lengths"
RETURN = "return output, h"
SHAPES = f"{CHAPTER}#shapes"

BATCH_MISTAKES = (
    Mistake(
        "shares-swapped",
        "The two shares swapped",
        "alpha is the share of what comes in, and 1 - alpha what is kept. To see it, let alpha be near 0: the state "
        "must hardly move.",
        patch=((STEP, "h_t = alpha * h + (1 - alpha) * x[t]"),),
    ),
    Mistake(
        "input-unweighted",
        "The input taken in full",
        "What comes in gets the share alpha. Without it the weights add up to more than 1, and the state leaves the "
        "range of its inputs.",
        patch=((STEP, "h_t = (1 - alpha) * h + x[t]"),),
    ),
    Mistake(
        "adds-without-leak",
        "Added, and nothing forgotten",
        "The old state keeps the share 1 - alpha. With all of it kept, the state is a sum that grows without end.",
        patch=((STEP, "h_t = h + alpha * x[t]"),),
    ),
    Mistake(
        "no-memory",
        "The old state is not used",
        "Without (1 - alpha) h_(t-1) nothing is remembered: a memory of no steps. To see it, change x[0]: output[1] "
        "must change too.",
        patch=((STEP, "h_t = alpha * x[t] + 0 * h"),),
    ),
    Mistake(
        "running-mean",
        "The mean of all inputs so far",
        "A share of 1/t makes the mean of everything. Here the share is alpha at every step.",
        patch=((STEP, "h_t = (1 - 1 / (t + 1)) * h + x[t] / (t + 1)"),),
    ),
    Mistake(
        "start-corrected",
        "Corrected for a start at 0",
        "Dividing by 1 - (1 - alpha)^t makes up for a state that began at 0. This one begins at h_0, whose weight is a "
        "part of the mean.",
        patch=((STEP, "share = alpha / (1 - (1 - alpha) ** (t + 1))\n        h_t = (1 - share) * h + share * x[t]"),),
    ),
    Mistake(
        "first-state-zero",
        "The first state left out",
        "The memory does not begin empty: before the first step it holds h_0. To see it, set lengths to 0: h_n must be "
        "h_0.",
        patch=(("h = h_0", "h = np.zeros(B)"),),
    ),
    Mistake(
        "state-not-carried",
        "Every step starts from h_0",
        "The state after a step is where the next one starts. To see it, change x[0]: output[1] must change too.",
        patch=((STEP, "h_t = (1 - alpha) * h_0 + alpha * x[t]"),),
    ),
    Mistake(
        "emitted-before-update",
        "output holds the state before each step",
        "output[0] is the state after the first step, which has already read x[0]. To see it, take T = 1: output[0] "
        "and h_n must be equal.",
        patch=((f"{HOLD}\n        {EMIT}", f"{EMIT}\n        {HOLD}"),),
    ),
    Mistake(
        "time-reversed",
        "Time runs backwards",
        "The state after step t depends on the inputs up to t, never on later ones. To see it, change the last input: "
        "output[0] must not change.",
        patch=(("for t in range(T):", "for t in reversed(range(T)):"),),
    ),
    Mistake(
        "lengths-ignored",
        "The lengths are not used",
        "Past its length a sequence has ended: output is 0 there, and the state is held. To see it, set lengths to 0: "
        "h_n must be h_0.",
        section=SHAPES,
        patch=((VALID, "valid = np.ones(B, bool)"),),
    ),
    Mistake(
        "padding-updates-state",
        "The padding changes the state",
        "output is 0 in padding, but the state runs on and reads what stands there. To see it, change the numbers in "
        "the padding: h_n must not change.",
        section=SHAPES,
        patch=((HOLD, "h = h_t"),),
    ),
    Mistake(
        "padding-read-as-zero",
        "The padding is read as zeros",
        "Nothing has come in, which is not the same as a zero: a zero pulls the state towards 0 by the share alpha. "
        "To see it, set lengths to 0: h_n must be h_0.",
        section=SHAPES,
        patch=((HOLD, "h = np.where(valid, h_t, (1 - alpha) * h)"),),
    ),
    Mistake(
        "state-lost-in-padding",
        "h_n is 0 for a sequence that has ended",
        "Past its length a state is held, not set to 0; the last row of output is 0 there, but it is not h_n. To see "
        "it, take lengths = [1] with T = 2: h_n must be output[0].",
        section=SHAPES,
        patch=((HOLD, "h = np.where(valid, h_t, 0.0)"),),
    ),
    Mistake(
        "output-repeats-held-state",
        "output repeats the held state in the padding",
        "The state is held past a length, but output is 0 there, so that a sum over output counts real steps only.",
        section=SHAPES,
        patch=((EMIT, "output[t] = h"),),
    ),
    Mistake(
        "mask-late-by-one",
        "One step of padding is taken for real",
        "Steps are counted from 0: those of a sequence of length L are t = 0 to L - 1. To see it, set lengths to 0: no "
        "step may be taken.",
        section=SHAPES,
        patch=((VALID, "valid = t <= lengths"),),
    ),
    Mistake(
        "mask-early-by-one",
        "The last real step is left out",
        "Steps are counted from 0: those of a sequence of length L are t = 0 to L - 1, and all of them count.",
        section=SHAPES,
        patch=((VALID, "valid = t < lengths - 1"),),
    ),
    Mistake(
        "length-zero-forgotten",
        "A sequence of length 0 does not give back its h_0",
        "output[length - 1] is the last real state, but for length 0 the index -1 means the last row of the array. "
        "Its h_n must be h_0.",
        section=SHAPES,
        patch=((RETURN, "return output, output[lengths - 1, np.arange(B)]"),),
    ),
    Mistake(
        "first-length-for-all",
        "The first sequence's length is used for all",
        "Each sequence has a length of its own, lengths[b]. To see it, take lengths = [1, 2]: the second sequence has "
        "one step more.",
        section=SHAPES,
        patch=((VALID, "valid = np.full(B, t < lengths[0])"),),
    ),
    Mistake(
        "longest-length-for-all",
        "All sequences run as long as the longest",
        "The shorter sequences have ended before: each needs its own mask. To see it, take lengths = [1, 2]: the first "
        "sequence must stop after one step.",
        section=SHAPES,
        patch=((VALID, "valid = np.full(B, t < lengths.max())"),),
    ),
)

SHARE_MISTAKES = (
    Mistake(
        "small-share-rule",
        "The rule of thumb for long half-lives",
        "0.69 / k takes ln(1 - alpha) for -alpha. At k = 1 it gives 0.69, and the share is one half.",
        value="log(2) / k",
    ),
    Mistake(
        "kept-for-taken",
        "What is kept, not what is taken",
        "2^(-1/k) is 1 - alpha, what a step leaves. A long half-life needs a *small* share.",
        value="exp(-log(2) / k)",
    ),
    Mistake(
        "time-constant-for-half-life",
        "k taken for the time constant",
        "1 - exp(-1/k) leaves 37 % after k steps, a share of 1/e. Half is asked.",
        value="1 - exp(-1 / k)",
    ),
    Mistake(
        "one-over-half-life",
        "One over the half-life",
        "With alpha = 1/k a share of (1 - 1/k)^k is left, about 37 %, not half.",
        value="1 / k",
    ),
    Mistake(
        "loses-the-same-each-step",
        "As if each step took away the same amount",
        "Half in k steps is 1/(2k) a step only if each step takes as much as the first. It takes a share of what is "
        "*left*, which becomes less.",
        value="1 / (2 * k)",
    ),
    Mistake(
        "mean-age-for-half-life",
        "k taken for the mean age",
        "alpha = 1/(k + 1) gives the mean age k, by (1 - alpha)/alpha. A long memory's mean age is longer than its "
        "half-life, since old inputs pull it up. At k = 1 both agree, and only there.",
        section=f"{CHAPTER}#the-leaky-integrator",
        value="1 / (k + 1)",
    ),
    Mistake(
        "exponent-upside-down",
        "k multiplies in the exponent",
        "Taking the k-th root divides the exponent by k. To see it, let k be large: the share must become small.",
        value="1 - exp(-k * log(2))",
    ),
    Mistake(
        "exponent-sign",
        "The minus of the exponent lost",
        "1 - 2^(1/k) is negative: the state would flee from what comes in. One half is 2 to the power of *minus* 1.",
        value="1 - exp(log(2) / k)",
    ),
)

WINDOW_MISTAKES = (
    Mistake(
        "two-over-alpha",
        "The rule for small shares",
        "2 / alpha is near for a small share. Exactly, 1/N = alpha / (2 - alpha).",
        value=2 / 0.08,
    ),
    Mistake(
        "one-over-alpha",
        "One over the share",
        "A window of 1 / alpha has about twice the noise: its variance is alpha. Asked is alpha / (2 - alpha).",
        value=1 / 0.08,
    ),
    Mistake(
        "noise-itself",
        "The variance, not the window",
        "That is alpha / (2 - alpha), the share of the variance that is left. The window of N leaves 1/N.",
        value=0.08 / 1.92,
    ),
    Mistake(
        "mean-age-for-window",
        "The mean age",
        "(1 - alpha) / alpha is how old the mean input is. The window of equal noise has this mean age, and is about "
        "twice as long.",
        value=0.92 / 0.08,
    ),
    Mistake(
        "half-life-for-window",
        "The half-life",
        "After ln 2 / -ln(1 - alpha) steps half of one input is left. That says nothing yet of noise.",
        section=f"{CHAPTER}#half-life",
        value=math.log(2) / -math.log(0.92),
    ),
    Mistake(
        "square-root-of-window",
        "As if the variance fell with the square of N",
        "Each of the N numbers adds sigma^2 / N^2 to the variance of their mean, and there are N of them: sigma^2 / N.",
        value=math.sqrt(24),
    ),
    Mistake(
        "window-squared",
        "The standard deviation of one, the variance of the other",
        "sigma over the root of N is the standard deviation of a mean. Given is a variance: compare it with "
        "sigma^2 / N.",
        value=24.0**2,
    ),
    Mistake(
        "largest-weight-squared",
        "Only the newest input",
        "alpha^2 is what the newest input adds to the variance. All the older ones add theirs.",
        value=1 / 0.08**2,
    ),
)

AGES, WEIGHTS = "k = np.arange(T)", "weights = alpha * (1 - alpha) ** k"
DRAW = "axes.semilogy(k, weights"

PICTURE_MISTAKES = (
    Mistake(
        "linear-y-axis",
        "The y axis is linear",
        "On a linear axis everything old lies at 0, and a power is no straight line. Use semilogy, or set_yscale.",
        patch=((DRAW, "axes.plot(k, weights"),),
    ),
    Mistake(
        "share-left-out",
        "The share of the newest input left out",
        "(1 - alpha)^k is what is left of an input, relative to the start. It came in with the share alpha, so alpha "
        "stands before it.",
        patch=((WEIGHTS, "weights = (1 - alpha) ** k"),),
    ),
    Mistake(
        "powers-of-the-share",
        "Powers of alpha",
        "Each step leaves 1 - alpha. A *small* share forgets slowly; powers of alpha would fall fastest for it.",
        patch=((WEIGHTS, "weights = (1 - alpha) * alpha ** k"),),
    ),
    Mistake(
        "one-step-too-old",
        "Every input is one step too old",
        "The newest input came in at this very step: it is 0 steps old and has the weight alpha.",
        patch=((WEIGHTS, "weights = alpha * (1 - alpha) ** (k + 1)"),),
    ),
    Mistake(
        "summed-weights",
        "The sum of the weights",
        "The sum up to k, 1 - (1 - alpha)^(k+1), is the answer to a jump. Asked is the weight of one input.",
        section=f"{CHAPTER}#a-pulse-a-jump-and-a-wave",
        patch=((WEIGHTS, "weights = np.cumsum(alpha * (1 - alpha) ** k)"),),
    ),
    Mistake(
        "exponential-for-power",
        "The exponential for a small share",
        "exp(-alpha k) is close to (1 - alpha)^k for a small alpha only. The time constant is 1 / -ln(1 - alpha), not "
        "1 / alpha.",
        section=f"{CHAPTER}#half-life",
        patch=((WEIGHTS, "weights = alpha * np.exp(-alpha * k)"),),
    ),
    Mistake(
        "step-for-age",
        "Over the number of the step, not over the age",
        "x is k, how long ago the input came. Over t the newest input would stand on the right.",
        patch=((DRAW, "axes.semilogy(T - k[::-1], weights[::-1]"),),
    ),
    Mistake(
        "row-for-age",
        "The oldest input stands at k = 0",
        "That is the order in which the inputs lie in an array, x[0] first. k counts from the other end: how long ago "
        "the input came.",
        patch=((DRAW, "axes.semilogy(k, weights[::-1]"),),
    ),
    Mistake(
        "age-from-one",
        "Ages are counted from 1",
        "The newest input came 0 steps ago: the first point stands at k = 0.",
        patch=((DRAW, "axes.semilogy(k + 1, weights"),),
    ),
    Mistake(
        "logarithm-on-linear-axis",
        "The logarithm is drawn on a linear axis",
        "That looks alike, but the numbers on the axis are no weights any more. Draw the weights, and let the axis be "
        "logarithmic.",
        patch=((DRAW, "axes.plot(k, np.log10(weights)"),),
    ),
)


# ---------------------------------------------------------------------------------------------- questions


def _first(args: Args, output: Any) -> Any:
    return output[0]


def _second(args: Args, output: Any) -> Any:
    return output[1]


exercise = Exercise(
    id=CHAPTER,
    title="Sequences and memory",
    modules=("numpy", "matplotlib"),
    questions=(
        ChoiceQuestion(
            id="01.1",
            name="true_sentences",
            title="What a state keeps",
            equation=r"h_t = f(h_{t-1},\, x_t), \qquad y_t = g(h_t)",
            section=f"{CHAPTER}#what-a-state-is",
            points=4,
            multiple=True,
            options=(
                Option(
                    "a",
                    "Two pasts that some continuation tells apart cannot share a state.",
                    "Equal states stay equal at every step, and equal states give equal answers.",
                    right=True,
                ),
                Option(
                    "b",
                    "A state of H numbers holds the last H inputs.",
                    "That is a window, one way to fill H numbers. A leaky integrator has one number, and in it is "
                    "something of every input.",
                    mistake="state-is-a-window",
                ),
                Option(
                    "c",
                    "Whether the number of ones so far is odd can be known with two states, for sequences of any "
                    "length, and with no window.",
                    "One bit is turned over at each one. A bit that has left a window would turn it over too, unseen.",
                    right=True,
                ),
                Option(
                    "d",
                    "The longer the sequences, the more states a question needs.",
                    "Some questions do, such as whether there are more ones than zeros. Odd or even needs two states, "
                    "however long the sequence.",
                    mistake="longer-needs-more-states",
                ),
                Option(
                    "e",
                    "x[3] is one step of all sequences of the batch.",
                    "Time is the first axis, so the first index is a step.",
                    right=True,
                    section=SHAPES,
                ),
                Option(
                    "f",
                    "h_n is output[-1], whatever the lengths are.",
                    "Only if all sequences are T long. In padding output is 0, and h_n is each sequence's own last "
                    "state.",
                    mistake="h-n-is-the-last-output",
                    section=SHAPES,
                ),
                Option(
                    "g",
                    "In padding a state is set to 0.",
                    "Nothing has come in, so nothing changes: the state is held. What is 0 there is output.",
                    mistake="padding-clears-the-state",
                    section=SHAPES,
                ),
                Option(
                    "h",
                    "If changing one sequence of a batch moves the results of another, two axes have been mixed up.",
                    "Sequences of a batch have nothing to do with each other. This test finds what shapes do not show.",
                    right=True,
                    section=SHAPES,
                ),
                Option(
                    "i",
                    "A program that takes the batch axis for the time axis stops with an error.",
                    "It runs, and returns an array of the right shape: a step is the same operation along any axis.",
                    mistake="mixed-axes-stop",
                    section=SHAPES,
                ),
            ),
            hints=(
                "For the states, look at the table with five questions about bits. For the arrays, at the picture of a "
                "batch.",
                "Four sentences are true: two about states, two about shapes.",
            ),
        ),
        FunctionQuestion(
            id="01.2",
            name="leaky_batch",
            title="A batch with padding",
            signature="leaky_batch(x, lengths, alpha, h_0) -> output, h_n",
            equation=r"h_t = (1 - m_t\, \alpha)\, h_{t-1} + m_t\, \alpha\, x_t, \qquad t = 1, \dots, T",
            section=f"{CHAPTER}#the-leaky-integrator",
            returns=("output", "h_n"),
            inputs=Inputs({"B": (1, 3), "T": (1, 5)}, _batch_inputs),
            oracle=_leaky_batch,
            properties=(
                Property(
                    "first-step",
                    "Without padding, output[0] is the state after the first step, made from h_0 and x[0].",
                    1,
                    _full,
                    lambda args, output: output[0][:1],
                ),
                Property("full-length", "Without padding, output and h_n are right at every step.", 2, _full),
                Property(
                    "padded-output",
                    "With padding, output is the state at each real step and 0 in the padding, whatever stands there.",
                    2,
                    _padded,
                    _first,
                ),
                Property(
                    "padded-last-state",
                    "With padding, h_n is each sequence's own last state, and h_0 where a sequence has no step.",
                    2,
                    _padded,
                    _second,
                ),
                Property(UNCHANGED, "The arguments are left as they were: nothing is changed in place.", 1, _padded),
            ),
            mistakes=BATCH_MISTAKES,
            hints=(
                "A loop over the steps, and in it all sequences at once: x[t] is (B,), and so is t < lengths.",
                "np.where(valid, new, old) takes the new number where a step is real and the old one elsewhere.",
                "In the loop: compute the new state; hold the old one in padding; write the state to output, and 0 in "
                "padding. After the loop the state is h_n.",
            ),
        ),
        ExpressionQuestion(
            id="01.3",
            name="share",
            title="A share for a half-life",
            equation=r"(1 - \alpha)^k = \tfrac12",
            section=f"{CHAPTER}#half-life",
            points=2,
            expected="1 - exp(-log(2) / k)",
            symbols={"k": "the half-life in steps"},
            ranges={"k": (0.7, 12.0)},
            mistakes=SHARE_MISTAKES,
            hints=(
                "Take the logarithm of both sides, or the k-th root.",
                "1 - alpha is one half to the power of 1/k. Write one half as exp(-log(2)).",
            ),
        ),
        NumberQuestion(
            id="01.4",
            name="window",
            title="As smooth as a window",
            equation=r"\operatorname{Var}(h_t) = \sigma^2\, \frac{\alpha}{2 - \alpha}, \qquad \alpha = 0.08",
            section=f"{CHAPTER}#smooth-or-prompt",
            points=2,
            expected=24.0,
            rtol=5e-3,
            unit="inputs",
            mistakes=WINDOW_MISTAKES,
            hints=(
                "The mean of N independent numbers of variance sigma^2 has the variance sigma^2 / N.",
                "Set 1/N equal to alpha / (2 - alpha), and turn both sides over.",
            ),
        ),
        PlotQuestion(
            id="01.5",
            name="plot_memory",
            title="A picture of memory",
            signature="plot_memory(alphas, T) -> figure",
            equation=r"\frac{\mathrm d h_T}{\mathrm d x_{T-k}} = \alpha\, (1 - \alpha)^k, \qquad k = 0, \dots, T - 1",
            section=f"{CHAPTER}#how-far-a-gradient-reaches",
            inputs=Inputs({"K": (1, 3), "T": (3, 9)}, _picture_inputs),
            oracle=_memory,
            properties=(
                Property("weights", "There is a line for each share, with its weights.", 2, holds=_draws_weights),
                Property("ages", "The weight of the input of k steps ago stands at x = k.", 1, holds=_draws_ages),
                Property("logarithmic", "The y axis is logarithmic, and the x axis linear.", 1, holds=_has_scales),
                Property("named", "Both axes have a label, and each line a name in the legend.", 1, holds=_has_names),
            ),
            mistakes=PICTURE_MISTAKES,
            hints=(
                "figure = Figure(); axes = figure.subplots(); then axes.semilogy(x, y, label=...) for each share.",
                "x is np.arange(T), the same for all lines; y is alpha * (1 - alpha) ** x.",
                "At the end axes.set_xlabel(...), axes.set_ylabel(...) and axes.legend().",
            ),
        ),
    ),
)
