"""Chapter 07's exercise: back-propagation through time, exact and truncated.

Every oracle of a gradient is the package itself. Inputs are drawn so that no size, bias or first state hides a
mistake: nonzero h_0 and biases, a loss on every output and on the last state, ragged lengths with 0 and T among them,
nonsense in the padding of x and of d_output, and windows that do not divide the sequence.
"""

# ruff: noqa: E741  (I is the input size, as in the book)

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gru_book import GRUParams
from gru_book.grading.spec import (
    UNCHANGED,
    Args,
    ChoiceQuestion,
    Exercise,
    FunctionQuestion,
    Inputs,
    Level,
    Line,
    Mistake,
    ModelQuestion,
    Option,
    Plot,
    PlotAxes,
    PlotQuestion,
    Property,
    WrittenQuestion,
)
from gru_book.numpy_backend import gru_backward, gru_forward

Array = np.ndarray[Any, Any]
CHAPTER = "07_bptt"

NONSENSE = 50.0
"""What stands in the padding of x: finite, and far from any input."""

SEQUENCE_SIZES = {"I": (1, 2), "B": (1, 3), "H": (1, 3), "T": (1, 4)}
"""I and B first: adversarial inputs then have B = 3, enough for a first length that is neither longest nor shortest."""
WINDOW_SIZES = {"I": (1, 2), "B": (1, 3), "H": (1, 3), "T": (2, 5)}
PLOT_SIZES = {"B": (1, 3), "H": (1, 3), "T": (1, 6)}

STEPS, SEQUENCES = 8, 512
"""Of the task that a GRU is trained on, and as many sequences to predict."""


# ---------------------------------------------------------------------------------------------- inputs


def _weights(rng: np.random.Generator, H: int, I: int) -> Args:
    """Three weights (H, H+I) and biases (H,): large enough to show every slip, too small to saturate a gate."""
    args: Args = {}
    for W, b in (("W_r", "b_r"), ("W_z", "b_z"), ("W", "b")):
        args[W], args[b] = rng.normal(scale=0.8, size=(H, H + I)), rng.normal(size=H)
    return args


def _sequence_inputs(rng: np.random.Generator, B: int, I: int, H: int, T: int) -> Args:
    return {**_weights(rng, H, I), "x": rng.normal(size=(T, B, I)), "states": rng.normal(size=(T + 1, B, H)),
            "lengths": _ragged(rng, B, T), "d_output": rng.normal(size=(T, B, H)),
            "d_h_n": rng.normal(size=(B, H))}  # fmt: skip


def _ragged(rng: np.random.Generator, B: int, T: int) -> Array:
    """Lengths (B,) in 0..T, different where they can be; at B = 3 the first is neither the longest nor the shortest."""
    lengths = np.sort(rng.choice(T + 1, size=B, replace=T + 1 < B))
    order = rng.permutation(B)
    if B > 2:
        order = np.concatenate([[1], order[order != 1]])
    return lengths[order].astype(np.int64)


def _window_inputs(rng: np.random.Generator, B: int, I: int, H: int, T: int) -> Args:
    return {**_weights(rng, H, I), "x": rng.normal(size=(T, B, I)), "h_0": rng.normal(size=(B, H)),
            "d_output": rng.normal(size=(T, B, H)), "tau": int(rng.integers(1, T + 1))}  # fmt: skip


def _gradient_inputs(rng: np.random.Generator, B: int, H: int, T: int) -> Args:
    """Gradients that shrink or grow on their way back."""
    factor = rng.uniform(0.5, 1.3) ** np.arange(T)[::-1]
    return {"d_h": factor[:, None, None] * rng.normal(size=(T, B, H))}


def _marked_numbers(rng: np.random.Generator) -> tuple[Args, Array]:
    """Sequences of numbers of which two are marked, and a weighted difference of those two, of weights of its own."""
    first_weight, second_weight = rng.uniform(0.5, 1.0, size=2) * rng.choice([-1.0, 1.0]) * np.array([1.0, -1.0])

    def draw() -> tuple[Array, Array]:
        number, mark = rng.uniform(-1.0, 1.0, size=(STEPS, SEQUENCES)), np.zeros((STEPS, SEQUENCES))
        first, second = np.sort(rng.random((STEPS, SEQUENCES)).argsort(axis=0)[:2], axis=0)
        each = np.arange(SEQUENCES)
        mark[first, each] = mark[second, each] = 1.0
        y = first_weight * number[first, each] + second_weight * number[second, each]
        return np.stack([number, mark], axis=-1), y

    (x_train, y_train), (x_test, y_test) = draw(), draw()
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "seed": int(rng.integers(2**31))}, y_test


# -------------------------------------------------------------------- the cases that properties are about


def _params(args: Args) -> GRUParams:
    return GRUParams.from_concatenated(*(args[name] for name in ("W_r", "b_r", "W_z", "b_z", "W", "b")))


def _ran(args: Args) -> Args:
    """The same input with the states that a forward run from states[0] goes through."""
    h_0 = args["states"][0]
    _, h_n, cache = gru_forward(_params(args), args["x"], h_0, lengths=args["lengths"])
    return {**args, "states": np.concatenate([cache.h_prev, h_n[None]])}


def _full(args: Args) -> Args:
    return _ran({**args, "lengths": np.full_like(args["lengths"], len(args["x"]))})


def _last_state_only(args: Args) -> Args:
    return _full({**args, "d_output": np.zeros_like(args["d_output"])})


def _padded(args: Args) -> Args:
    """Puts nonsense past each length of x; d_output is as large there as anywhere."""
    valid = (np.arange(len(args["x"]))[:, None] < args["lengths"])[..., None]
    return _ran({**args, "x": np.where(valid, args["x"], NONSENSE)})


def _one_window(args: Args) -> Args:
    return {**args, "tau": len(args["x"]) + len(args["x"]) % 2}


def _whole_windows(args: Args) -> Args:
    """Cuts the sequence to whole windows; there are at least two of them if T allows."""
    T = len(args["x"])
    tau = min(args["tau"], max(T // 2, 1))
    steps = T // tau * tau
    return {**args, "x": args["x"][:steps], "d_output": args["d_output"][:steps], "tau": tau}


def _part(index: int) -> Any:
    """A view of one returned array."""
    return lambda args, output: output[index]


def _parts(start: int) -> Any:
    """A view of all numbers of the returned arrays from `start` on."""
    return lambda args, output: np.concatenate([np.ravel(part) for part in output[start:]])


def _unchanged(points: float, given: Any = lambda args: args) -> Property:
    return Property(UNCHANGED, "The arguments are left as they were: nothing is changed in place.", points, given)


# --------------------------------------------------------------------------------------------- oracles


def _sequence_backward(
    W_r: Array, b_r: Array, W_z: Array, b_z: Array, W: Array, b: Array,
    x: Array, states: Array, lengths: Array, d_output: Array, d_h_n: Array,
) -> tuple[Array, ...]:  # fmt: skip
    params = GRUParams.from_concatenated(W_r, b_r, W_z, b_z, W, b)
    _, _, cache = gru_forward(params, x, states[0], lengths=lengths)
    grads = gru_backward(cache, d_output, d_h_n)
    return grads.d_x, grads.d_h_0, *grads.d_params.concatenated()


def _truncated_gradients(
    W_r: Array, b_r: Array, W_z: Array, b_z: Array, W: Array, b: Array,
    x: Array, h_0: Array, d_output: Array, tau: int,
) -> tuple[Array, ...]:  # fmt: skip
    params, h, total = GRUParams.from_concatenated(W_r, b_r, W_z, b_z, W, b), h_0, None
    for start in range(0, len(x), tau):
        _, h, cache = gru_forward(params, x[start : start + tau], h)
        part = gru_backward(cache, d_output[start : start + tau]).d_params.concatenated()
        total = part if total is None else tuple(a + b for a, b in zip(total, part, strict=True))
    assert total is not None
    return h, *total


def _gradient_norms(d_h: Array) -> Figure:
    axes = (figure := Figure()).subplots()
    axes.semilogy(np.arange(len(d_h))[::-1], np.linalg.norm(d_h, axis=(1, 2)))
    axes.set(xlabel="T - t", ylabel="|dL/dh_t|")
    return figure


# ------------------------------------------------------------------------- what a figure of norms must show


def _drawn(args: Args, plot: Plot) -> list[tuple[PlotAxes, Line]]:
    """The lines or clouds of points that have a point for each step, with their axes."""
    curves = [(axes, curve) for axes in plot.axes for curve in (*axes.lines, *axes.points)]
    return [(axes, curve) for axes, curve in curves if curve.x.size == len(args["d_h"])]


def _close(a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-12))


def _expected_points(expected: Plot) -> tuple[Array, Array]:
    line = expected.axes[0].lines[0]
    return line.x, line.y


def _draws_norms(args: Args, expected: Plot, plot: Plot) -> str | None:
    _, norms = _expected_points(expected)
    if not _drawn(args, plot):
        return f"No line has {norms.size} points, one for each step."
    if any(_close(np.sort(line.y), np.sort(norms)) for _, line in _drawn(args, plot)):
        return None
    return "The y values of the line are not the norms of the gradient in h_1 to h_T."


def _draws_distances(args: Args, expected: Plot, plot: Plot) -> str | None:
    distance, norms = _expected_points(expected)
    if not _drawn(args, plot):
        return f"No line has {distance.size} points, one for each step."
    right_order = np.argsort(norms, kind="stable")
    for _, line in _drawn(args, plot):
        if _close(line.x[np.argsort(line.y, kind="stable")], distance[right_order]):
            return None
    return "The point of step t does not stand at x = T - t."


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
# id: (title, why and how to see it, heading of the chapter). One text serves every question that can make it.

TEXTS = {
    # The gradient in a state
    "only-the-last-output": (
        "Only the last step's loss is used",
        "Every output has a loss of its own, so every step of the way back adds d_output[t]. d_output[-1] alone is the "
        "gradient of a loss on the last output. To see it, change d_output[0]: d_h_0 must change.",
        "losses-at-many-steps",
    ),
    "outputs-ignored": (
        "The losses on the outputs are not used",
        "What comes back from the step after is one of two parts; the loss on this step's own output, d_output[t], is "
        "the other. To see it, set d_h_n to 0: the gradients must not all become 0.",
        "losses-at-many-steps",
    ),
    "last-state-ignored": (
        "d_h_n is not used",
        "h_n can have a loss of its own, for example when a classifier reads it. The way back starts from d_h_n, and "
        "zeros are only a special case. To see it, set d_output to 0: d_h_0 must not become 0.",
        "the-last-state",
    ),
    "last-state-at-every-step": (
        "d_h_n is added at every step",
        "h_n is the last state alone, so its gradient enters once, where the way back starts. From there on it is part "
        "of what each step hands to the one before. To see it, take T = 2 with d_output = 0.",
        "the-last-state",
    ),
    "output-joins-too-late": (
        "d_output[t] is added after the step was run backwards",
        "output[t] is the state after the step at x[t], so its gradient must go through that step: add it first, then "
        "run the step backwards. To see it, take T = 1 with d_h_n = 0: d_x must not be 0.",
        "losses-at-many-steps",
    ),
    "outputs-in-reverse": (
        "The losses are taken in the reverse order",
        "The loop already runs from the last step to the first; d_output[t] belongs to the same t as x[t]. Turning "
        "d_output round as well undoes one of the two. To see it, take T = 2 and let d_output[0] alone be nonzero: "
        "then d_x[1] must be 0 if d_h_n is.",
        "losses-at-many-steps",
    ),
    "gradient-not-carried": (
        "Nothing is carried from a step to the one before",
        "Each step was run backwards from its own loss alone. What step_backward returns for h_prev is the gradient in "
        "the state that the step before made: add it there. To see it, set all of d_output but the last to 0: d_x[0] "
        "must not become 0.",
        "the-product-rule-over-time",
    ),
    "gradient-piles-up": (
        "The carried gradient is added to itself",
        "d_h_prev already holds all that came from later, since the step was run backwards from it. g + d_h_prev "
        "counts the later part twice, once without the step between. To see it, set all parameters to 0: each step "
        "must halve.",
        "the-product-rule-over-time",
    ),
    "time-forwards": (
        "The loop runs forwards in time",
        "A step can be run backwards only when the gradient in its result is complete, and that needs all later steps. "
        "So the loop goes from the last step to the first. To see it, set all of d_output but d_output[0] to 0, and "
        "d_h_n too: the inputs after the first must get no gradient.",
        "the-product-rule-over-time",
    ),
    "state-after-the-step": (
        "The step is run backwards from the wrong state",
        "The step at x[t] started from states[t] and made states[t + 1]: there is one state more than there are "
        "inputs. The gates have to be computed from the state before the step. To see it, take T = 1: it must be "
        "states[0].",
        "the-product-rule-over-time",
    ),
    # The first state
    "first-state-is-constant": (
        "h_0 gets no gradient",
        "The first state went into the first step like any other state, so it has a gradient, whether or not you want "
        "to train it; 0 would say that it makes no difference. To see it, set the lengths to 0: d_h_0 must be d_h_n.",
        "the-first-state",
    ),
    "first-state-one-step-late": (
        "d_h_0 is the gradient in h_1",
        "The gradient in h_1 still has to go through the first step; what step_backward returns for it is d_h_0. "
        "To see it, set all parameters to 0 with T = 1 and d_output = 0: d_h_0 must be half of d_h_n.",
        "the-first-state",
    ),
    # The parameters
    "parameters-overwritten": (
        "The parameters' gradient is overwritten, not summed",
        "Every step used the same parameters, so every step adds to their gradient: += and not =. What was kept is the "
        "share of the step that came last in your loop, the first in time. To see it, compare T = 1 with T = 2.",
        "the-parameters",
    ),
    "parameters-averaged-over-time": (
        "The parameters' gradient is a mean over the steps",
        "The gradient of a sum is the sum of the gradients. Whether the loss is a sum or a mean is settled in "
        "d_output, which already holds the factor; dividing here divides twice. To see it, T = 1 is right and T = 2 "
        "is half.",
        "the-parameters",
    ),
    "parameters-averaged-over-batch": (
        "The parameters' gradient is a mean over the batch",
        "step_backward sums over the rows of the batch, and that is the gradient. If the loss is a mean over "
        "sequences, d_output already holds the factor 1/B. To see it, B = 1 is right and B = 2 is half.",
        "the-parameters",
    ),
    "results-grouped": (
        "The gradients are returned in another order",
        "The order is that of the arguments: each weight, then its bias. "
        "To see it, compare the shape of each result with that of its parameter.",
        "the-parameters",
    ),
    "outputs-swapped": (
        "d_x and d_h_0 are returned in the wrong order",
        "The function returns d_x first, (T, B, I), then d_h_0, (B, H). To see it, print the two shapes.",
        "the-code",
    ),
    # Padding
    "lengths-ignored": (
        "The lengths are not used",
        "Past its length a sequence took no steps: there is nothing to run backwards, x there gets no gradient, and "
        "d_output there does not count. To see it, set lengths to 0: d_h_0 must be d_h_n, and all else 0.",
        "padding-and-lengths-backwards",
    ),
    "padding-stops-gradient": (
        "The padding stops the gradient",
        "A held state is a copy, and a copy hands its gradient on untouched. If the carried gradient is set to 0 past "
        "the length, d_h_n never reaches a short sequence. To see it, set lengths to 0: d_h_0 must be d_h_n.",
        "padding-and-lengths-backwards",
    ),
    "padding-outputs-counted": (
        "d_output in the padding is added to the gradient that is handed on",
        "Past a length output is the constant 0: it does not depend on any state, so d_output there leads nowhere, "
        "whatever number it holds. To see it, change d_output past a length: nothing may change.",
        "padding-and-lengths-backwards",
    ),
    "padding-trains-parameters": (
        "Steps in the padding add to d_x and to the parameters",
        "The gradient that is handed on is right, but the padded steps were run backwards all the same, and what they "
        "gave was kept. No step was taken there, so d_x is 0 and the parameters get nothing. To see it, change x in "
        "the padding: nothing may change.",
        "padding-and-lengths-backwards",
    ),
    "padding-passes-step": (
        "The gradient goes through steps that were never taken",
        "d_output in the padding is left out, but the carried gradient is run back through the padded steps, and is "
        "changed by them. The state was held there, so its gradient must be too. To see it, set lengths to 0: d_h_0 "
        "must be d_h_n.",
        "padding-and-lengths-backwards",
    ),
    "mask-late-by-one": (
        "The mask ends one step too late",
        "The array counts steps from 0: the steps of a sequence of length L are t = 0 to L - 1, so t <= length runs "
        "one step of padding backwards. To see it, set lengths to 0: d_h_0 must be d_h_n.",
        "padding-and-lengths-backwards",
    ),
    "mask-early-by-one": (
        "The mask ends one step too early",
        "The array counts steps from 0: the steps of a sequence of length L are t = 0 to L - 1, and all of them count. "
        "To see it, take T = 1 with length 1: d_x must not be 0.",
        "padding-and-lengths-backwards",
    ),
    "padding-in-front": (
        "The padding is taken to stand in front",
        "Sequences start at t = 0 and are padded at their end; going backwards in time does not turn them round. "
        "To see it, take lengths = [1] with T = 2: d_x[0] gets a gradient and d_x[1] is 0.",
        "padding-and-lengths-backwards",
    ),
    "first-length-for-all": (
        "The first sequence's length is used for all",
        "Each sequence has a length of its own, lengths[b]. "
        "To see it, take lengths = [1, 2]: d_x[1] is 0 for the first sequence only.",
        "padding-and-lengths-backwards",
    ),
    "longest-length-for-all": (
        "All sequences are run backwards from the longest one's end",
        "Starting the loop at max(lengths) saves work, but shorter sequences join later: each needs its own mask. "
        "To see it, take lengths = [1, 2]: d_x[1] must be 0 for the first sequence.",
        "padding-and-lengths-backwards",
    ),
    # Windows
    "windows-not-cut": (
        "The gradient is not cut at the windows' borders",
        "This is the full gradient of the loss: it goes through all windows. Truncation ends it where a window starts; "
        "each window's way back starts from 0. To see it, the result must change with tau.",
        "truncated-back-propagation",
    ),
    "state-reset-to-zero": (
        "Every window starts from the state 0",
        "Truncation cuts the gradient, not the state: a window starts from the last state of the window before, the "
        "first one from h_0. To see it, h_n must not depend on tau.",
        "carrying-the-state",
    ),
    "state-reset-to-first": (
        "Every window starts from h_0",
        "Truncation cuts the gradient, not the state: only the first window starts from h_0, each other one from the "
        "last state of the window before. To see it, h_n must not depend on tau.",
        "carrying-the-state",
    ),
    "state-carried-too-early": (
        "The carried state lacks the window's last step",
        "A window of tau steps goes through tau + 1 states, and the next window starts from the last of them. "
        "To see it, h_n must not depend on tau.",
        "carrying-the-state",
    ),
    "last-window-dropped": (
        "The last, shorter window is left out",
        "If tau does not divide T, the last window is shorter; its steps count all the same. "
        "To see it, take tau > T: the result must not be 0.",
        "truncated-back-propagation",
    ),
    "windows-averaged": (
        "The gradient is a mean over the windows",
        "The loss is summed over all steps, and so is its gradient; how many windows the steps lie in is nothing the "
        "loss knows of. To see it, compare tau = T with a T twice as long: the second window must add to the first.",
        "truncated-back-propagation",
    ),
    "windows-averaged-over-steps": (
        "Each window's gradient is divided by its number of steps",
        "d_output already says how much each step's loss counts. Dividing by the window's length counts the steps of a "
        "short last window more than the others. To see it, tau = 1 is right and tau = T is too small.",
        "truncated-back-propagation",
    ),
    "windows-overwritten": (
        "Only the last window's gradient is left",
        "The sums must be set to zero once, before the first window, and not at the start of each. "
        "To see it, change d_output[0]: the gradients must change.",
        "truncated-back-propagation",
    ),
    "window-outputs-from-start": (
        "Every window uses the losses of the first",
        "Inside a window t counts from the window's start, but d_output counts from the sequence's: step t of the "
        "window has d_output[start + t]. To see it, change d_output[-1]: the gradients must change.",
        "truncated-back-propagation",
    ),
    "window-last-output-only": (
        "Only the last loss of each window is used",
        "Every output has a loss of its own, also inside a window. "
        "To see it, take tau = T and change d_output[0]: the gradients must change.",
        "losses-at-many-steps",
    ),
    "cut-at-every-step": (
        "The gradient is cut at every step",
        "Inside a window the gradient goes from each step to the one before; it ends at the window's start only. "
        "To see it, the result must change with tau.",
        "truncated-back-propagation",
    ),
    "window-one-step-too-long": (
        "Windows overlap by one step",
        "x[a : a + tau + 1] has tau + 1 steps, so the step at each border is taken twice, and counted twice. "
        "To see it, h_n must not depend on tau.",
        "truncated-back-propagation",
    ),
    "gradient-leaks-into-next-window": (
        "The gradient of one window goes on into the next",
        "The gradient that is left at a window's start belongs to the past. Kept for the next window, it enters at "
        "that window's end, where no loss put it. Each window's way back starts from 0. To see it, set d_output to 0 "
        "in all windows but the first: the steps after it must add nothing.",
        "truncated-back-propagation",
    ),
    # A picture of norms
    "linear-y-axis": (
        "The y axis is linear",
        "On a linear axis a gradient that has shrunk to a thousandth cannot be told from 0, and you cannot see whether "
        "it shrinks by the same factor at each step. semilogy, or set_yscale(\"log\"), makes a constant factor a "
        "straight line.",
        "losses-at-many-steps",
    ),
    "logarithm-on-linear-axis": (
        "The logarithm of the norm is drawn on a linear axis",
        "The curve has the right form, but the numbers on the axis are exponents and not norms. Draw the norms "
        "themselves and let the axis be logarithmic: its ticks then say 0.1, 1, 10.",
        "losses-at-many-steps",
    ),
    "step-for-distance": (
        "x is the step t, not the distance T - t",
        "The picture runs forwards in time, from 1 to T. Here it is about how far a loss reaches back, so the last "
        "step stands at 0 and the first at T - 1.",
        "losses-at-many-steps",
    ),
    "index-for-distance": (
        "x is the array's index",
        "The index counts from the first step, which is the furthest from the end; drawn like this, distance 0 has the "
        "gradient in h_1. Take T - t with t = 1 to T. To see it, the last row of d_h must stand at x = 0.",
        "losses-at-many-steps",
    ),
    "distance-off-by-one": (
        "All points stand one step too far from the end",
        "Row i of d_h belongs to t = i + 1, so T - i is one too many. "
        "To see it, take T = 1: the only point must stand at x = 0.",
        "losses-at-many-steps",
    ),
    "squared-norm": (
        "The square of the norm is drawn",
        "The root is missing. On a logarithmic axis the curve looks alike, but falls twice as steeply. "
        "To see it, take d_h = [[[3, 4]]]: the norm is 5.",
        "losses-at-many-steps",
    ),
    "signs-cancel": (
        "The numbers of a step are summed before their size is taken",
        "Positive and negative entries cancel: a large gradient can have the sum 0. Square each number first. "
        "To see it, take d_h = [[[3, -3]]].",
        "losses-at-many-steps",
    ),
    "mean-of-sequence-norms": (
        "A mean of the sequences' norms is drawn",
        "Here the norm is taken over all numbers of a step, those of all sequences together. A mean of B norms is "
        "smaller, and not by the same factor at each step. To see it, B = 1 is right.",
        "losses-at-many-steps",
    ),
    "first-sequence-only": (
        "Only the first sequence is drawn",
        "d_h[:, 0] leaves the other sequences of the batch out. To see it, change d_h[:, 1]: the line must change.",
        "losses-at-many-steps",
    ),
    # A trained model
    "predicts-the-mean": (
        "The mean of the targets is predicted",
        "That is the baseline: it does not look at x_test. If a trained model ends there, it has learnt c and nothing "
        "else. To see it, look at the spread of your predictions.",
        "the-last-state",
    ),
    "predicts-nothing": (
        "All predictions are 0",
        "An array of zeros was returned: was it ever filled? And a GRU whose weights all start at 0 has the state 0.",
        "the-last-state",
    ),
    "predicts-last-number": (
        "The last number of each sequence is predicted",
        "That is a good habit with slow series, where the next value is like the last. Here the last number is mostly "
        "not even marked.",
        "the-last-state",
    ),
    "straight-line": (
        "A straight line is fitted to all inputs",
        "A weighted sum of all 16 inputs has one weight for each place, but a number counts by its mark and not by its "
        "place. It takes a product of mark and number, and a memory of marks before: gates.",
        "carrying-the-state",
    ),
    "every-loss-reaches-tau-back": (
        "Every loss goes back tau steps, across the borders",
        "Each output's gradient was followed for tau steps, wherever the window starts. That is another truncation, "
        "which costs tau times as much; here a window is cut at its start, so that its first loss goes back one step "
        "only. To see it, take T = 3 with tau = 2 and let d_output[2] alone be nonzero: step 2 must add nothing.",
        "truncated-back-propagation",
    ),
}  # fmt: skip


def _mistake(name: str, *patch: tuple[str, str]) -> Mistake:
    title, why, anchor = TEXTS[name]
    return Mistake(name, title, why, f"{CHAPTER}#{anchor}", patch=patch)


def _mistaken(name: str, function: Any) -> Mistake:
    title, why, anchor = TEXTS[name]
    return Mistake(name, title, why, f"{CHAPTER}#{anchor}", function=function)


JOIN = "np.where(valid, g + d_output[t], 0.0)"
HAND_ON = "g = np.where(valid, d_h_prev, g)"
SUM = "total + part for"

# The first of each list are found first as pairs too: the search for pairs has little time.
SEQUENCE_MISTAKES = (
    _mistake("parameters-overwritten", (SUM, "part for")),
    _mistake("padding-stops-gradient", (HAND_ON, "g = d_h_prev")),
    _mistake("state-after-the-step", ("states[t]", "states[t + 1]")),
    _mistake("outputs-in-reverse", ("d_output[t]", "d_output[-1 - t]")),
    _mistake("first-state-is-constant", ("return d_x, g,", "return d_x, np.zeros_like(g),")),
    _mistake("only-the-last-output", ("g = d_h_n", "g = d_h_n + d_output[-1]"), ("g + d_output[t]", "g")),
    _mistake("outputs-ignored", ("g + d_output[t]", "g")),
    _mistake("last-state-ignored", ("g = d_h_n", "g = np.zeros_like(d_h_n)")),
    _mistake("last-state-at-every-step", ("g = d_h_n", "g = np.zeros_like(d_h_n)"),
             ("g + d_output[t]", "g + d_output[t] + d_h_n")),
    _mistake("output-joins-too-late", ("g + d_output[t]", "g"),
             ("valid, d_h_prev, g", "valid, d_h_prev + d_output[t], g")),
    _mistake("gradient-not-carried", ("g + d_output[t]", "d_output[t]")),
    _mistake("gradient-piles-up", (HAND_ON, "g = np.where(valid, g + d_h_prev, g)")),
    _mistake("time-forwards", ("reversed(range(len(x)))", "range(len(x))")),
    _mistake("first-state-one-step-late", ("return d_x, g,", "return d_x, d_h_t,")),
    _mistake("parameters-averaged-over-time", (SUM, "total + part / len(x) for")),
    _mistake("parameters-averaged-over-batch", (SUM, "total + part / len(d_h_n) for")),
    _mistake("results-grouped", ("return d_x, g, *d_params", "return d_x, g, *d_params[::2], *d_params[1::2]")),
    _mistake("outputs-swapped", ("return d_x, g,", "return g, d_x,")),
    _mistake("lengths-ignored", (JOIN, "g + d_output[t]"), (HAND_ON, "g = d_h_prev")),
    _mistake("padding-outputs-counted", (HAND_ON, "g = np.where(valid, d_h_prev, g + d_output[t])")),
    _mistake("padding-trains-parameters", (JOIN, "g + d_output[t]")),
    _mistake("padding-passes-step", (JOIN, "g + np.where(valid, d_output[t], 0.0)"), (HAND_ON, "g = d_h_prev")),
    _mistake("mask-late-by-one", ("t < lengths", "t <= lengths")),
    _mistake("mask-early-by-one", ("t < lengths", "t + 1 < lengths")),
    _mistake("padding-in-front", ("t < lengths", "t >= len(x) - lengths")),
    _mistake("first-length-for-all", ("t < lengths", "t < np.full_like(lengths, lengths[0])")),
    _mistake("longest-length-for-all", ("t < lengths", "t < np.full_like(lengths, lengths.max())")),
)  # fmt: skip


def _every_loss_tau_back(
    W_r: Array, b_r: Array, W_z: Array, b_z: Array, W: Array, b: Array,
    x: Array, h_0: Array, d_output: Array, tau: int,
) -> tuple[Array, ...]:  # fmt: skip
    """Each loss alone, through the tau steps before it."""
    params = GRUParams.from_concatenated(W_r, b_r, W_z, b_z, W, b)
    _, h_n, whole = gru_forward(params, x, h_0)
    parts = []
    for t in range(len(x)):
        first = max(0, t + 1 - tau)
        _, _, cache = gru_forward(params, x[first : t + 1], whole.h_prev[first])
        parts.append(gru_backward(cache, d_h_n=d_output[t]).d_params.concatenated())
    return h_n, *(np.sum(part, axis=0) for part in zip(*parts, strict=True))


START_STATES = "states = [h]"
START_WINDOW = "d_h = np.zeros_like(h)"

WINDOW_MISTAKES = (
    _mistake("state-reset-to-zero", (START_STATES, "states = [np.zeros_like(h)]")),
    _mistake("window-outputs-from-start", ("d_output[start + t]", "d_output[t]")),
    _mistake("windows-not-cut", ("h = h_0", "h, tau = h_0, len(x)")),
    _mistake("state-reset-to-first", (START_STATES, "states = [h_0]")),
    _mistake("state-carried-too-early", ("states[-1]\n    return", "states[-2]\n    return")),
    _mistake("last-window-dropped", ("range(0, len(x), tau)", "range(0, len(x) - tau + 1, tau)")),
    _mistake("windows-averaged", (SUM, "total + part / -(-len(x) // tau) for")),
    _mistake("windows-averaged-over-steps", (SUM, "total + part / len(window) for")),
    _mistake("windows-overwritten",
             (START_WINDOW, f"{START_WINDOW}\n        d_params = [np.zeros_like(p) for p in params]")),
    _mistake("window-last-output-only", (START_WINDOW, "d_h = d_output[start + len(window) - 1]"),
             ("d_h + d_output[start + t]", "d_h")),
    _mistake("cut-at-every-step", ("d_h + d_output[start + t]", "d_output[start + t]")),
    _mistake("window-one-step-too-long", ("x[start : start + tau]", "x[start : start + tau + 1]")),
    _mistake("gradient-leaks-into-next-window", (f"        {START_WINDOW}\n", ""),
             ("h = h_0", "h, d_h = h_0, np.zeros_like(h_0)")),
    _mistake("time-forwards", ("reversed(range(len(window)))", "range(len(window))")),
    _mistake("state-after-the-step", ("states[t], window[t]", "states[t + 1], window[t]")),
    _mistake("gradient-piles-up", ("d_h, _, d_step =", "d_h_prev, _, d_step ="),
             ("d_params = [total", "d_h = d_h + d_h_prev\n            d_params = [total")),
    _mistake("parameters-overwritten", (SUM, "part for")),
    _mistake("results-grouped", ("return h, *d_params", "return h, *d_params[::2], *d_params[1::2]")),
    _mistaken("every-loss-reaches-tau-back", _every_loss_tau_back),
)  # fmt: skip


NORMS, DISTANCE = "np.sqrt((d_h**2).sum(axis=(1, 2)))", "T - np.arange(1, T + 1)"
DRAW = "axes.semilogy(distance, norms"

PLOT_MISTAKES = (
    _mistake("linear-y-axis", ("semilogy", "plot")),
    _mistake("step-for-distance", (DISTANCE, "np.arange(1, T + 1)")),
    _mistake("logarithm-on-linear-axis", (DRAW, "axes.plot(distance, np.log10(norms)")),
    _mistake("index-for-distance", (DISTANCE, "np.arange(T)")),
    _mistake("distance-off-by-one", (DISTANCE, "T - np.arange(T)")),
    _mistake("squared-norm", (NORMS, "(d_h**2).sum(axis=(1, 2))")),
    _mistake("signs-cancel", (NORMS, "np.abs(d_h.sum(axis=(1, 2)))")),
    _mistake("mean-of-sequence-norms", (NORMS, "np.sqrt((d_h**2).sum(axis=2)).mean(axis=1)")),
    _mistake("first-sequence-only", (NORMS, "np.sqrt((d_h[:, 0] ** 2).sum(axis=1))")),
)


def _mean_squared_error(hidden: Array, output: Array) -> float:
    return float(np.mean((output - hidden) ** 2))


def _mean_of_targets(x_train: Array, y_train: Array, x_test: Array, seed: int) -> Array:
    return np.full(x_test.shape[1], y_train.mean())


def _straight_line(x_train: Array, y_train: Array, x_test: Array, seed: int) -> Array:
    """Least squares on all inputs of all steps and a constant; the marks sum to 2, so one column is not needed."""

    def columns(x: Array) -> Array:
        return np.column_stack([*x[..., 0], *x[..., 1]])

    weights, *_ = np.linalg.lstsq(columns(x_train), y_train, rcond=None)
    return columns(x_test) @ weights


MODEL_MISTAKES = (
    _mistaken("predicts-the-mean", _mean_of_targets),
    _mistaken("predicts-nothing", lambda x_train, y_train, x_test, seed: np.zeros(x_test.shape[1])),
    _mistaken("predicts-last-number", lambda x_train, y_train, x_test, seed: x_test[-1, :, 0]),
    _mistaken("straight-line", _straight_line),
)


# ------------------------------------------------------------------------------------------- questions

PARAMETERS = ("d_W_r", "d_b_r", "d_W_z", "d_b_z", "d_W", "d_b")

exercise = Exercise(
    id=CHAPTER,
    title="Back-propagation through time",
    modules=("numpy", "matplotlib"),
    questions=(
        FunctionQuestion(
            id="07.1",
            name="sequence_backward",
            title="A sequence backwards",
            signature="sequence_backward(W_r, b_r, W_z, b_z, W, b, x, states, lengths, d_output, d_h_n) -> "
            "(d_x, d_h_0, d_W_r, d_b_r, d_W_z, d_b_z, d_W, d_b)",
            equation=r"\begin{aligned} g_T &= \frac{\partial L}{\partial h_n} \\ "
            r"\frac{\mathrm dL}{\mathrm dh_t} &= \frac{\partial L}{\partial o_t} + g_t "
            r"& \text{if } t \le \mathrm{length} \\ "
            r"\Bigl( g_{t-1},\; \frac{\mathrm dL}{\mathrm dx_t},\; \mathrm{share}_t \Bigr) &= \begin{cases} "
            r"\mathrm{back}\Bigl( h_{t-1},\; x_t,\; \dfrac{\mathrm dL}{\mathrm dh_t} \Bigr) "
            r"& t \le \mathrm{length} \\ (g_t,\; 0,\; 0) & t > \mathrm{length} \end{cases} \\ "
            r"\frac{\mathrm dL}{\mathrm dh_0} &= g_0 \qquad "
            r"\frac{\mathrm dL}{\mathrm d\theta} = \sum_{t=1}^{T} \mathrm{share}_t \end{aligned}",
            section=f"{CHAPTER}#the-product-rule-over-time",
            returns=("d_x", "d_h_0", *PARAMETERS),
            inputs=Inputs(SEQUENCE_SIZES, _sequence_inputs),
            oracle=_sequence_backward,
            properties=(
                Property(
                    "from-the-last-state",
                    "With full lengths and a loss on h_n alone (d_output = 0), d_h_0 is d_h_n carried back through "
                    "all steps.",
                    1,
                    _last_state_only,
                    _part(1),
                ),
                Property(
                    "every-output",
                    "With full lengths and a loss on every output, d_x is the gradient in each input.",
                    2,
                    _full,
                    _part(0),
                ),
                Property(
                    "parameters",
                    "With full lengths, the gradient of each parameter is summed over all steps.",
                    2,
                    _full,
                    _parts(2),
                ),
                Property(
                    "held-gradient",
                    "Past a sequence's length its gradient is handed on untouched: d_h_0 is right for any lengths, "
                    "and is d_h_n for length 0.",
                    1,
                    _padded,
                    _part(1),
                ),
                Property(
                    "padding-gets-none",
                    "For any lengths d_x is right, and 0 past each length, whatever x and d_output hold there.",
                    1,
                    _padded,
                    _part(0),
                ),
                Property(
                    "parameters-with-padding",
                    "For any lengths the parameters' gradients are right: the padding adds nothing to them.",
                    1,
                    _padded,
                    _parts(2),
                ),
                _unchanged(1, _padded),
            ),
            mistakes=SEQUENCE_MISTAKES,
            hints=(
                "Start with g = d_h_n and loop over t from T - 1 down to 0. First leave the lengths out, and get the "
                "three properties with full lengths right.",
                "In the loop: the gradient in the state after the step at x[t] is g + d_output[t]; step_backward "
                "takes it, with states[t] and x[t], and its first result is the next g. Its third is added to six "
                "sums.",
                "For padding, let valid = (t < lengths)[:, None]. np.where(valid, ..., 0.0) makes a padded step give "
                "nothing, and a second np.where keeps the old g for the sequences that have ended.",
            ),
        ),
        FunctionQuestion(
            id="07.2",
            name="truncated_gradients",
            title="Truncated back-propagation",
            signature="truncated_gradients(W_r, b_r, W_z, b_z, W, b, x, h_0, d_output, tau) -> "
            "(h_n, d_W_r, d_b_r, d_W_z, d_b_z, d_W, d_b)",
            equation=r"\frac{\mathrm dL}{\mathrm dh_t} = \frac{\partial L}{\partial h_t} + \begin{cases} "
            r"0 & \text{if } t \text{ is the last step of its window} \\ "
            r"J_{t+1}^T\, \dfrac{\mathrm dL}{\mathrm dh_{t+1}} & \text{otherwise} \end{cases} \qquad\qquad "
            r"\frac{\mathrm dL}{\mathrm d\theta} \approx \sum_{t=1}^{T} \mathrm{share}_t",
            section=f"{CHAPTER}#truncated-back-propagation",
            returns=("h_n", *PARAMETERS),
            inputs=Inputs(WINDOW_SIZES, _window_inputs),
            oracle=_truncated_gradients,
            properties=(
                Property(
                    "state-carried",
                    "For any tau, h_n is the state after the last step: cutting the gradient does not change the "
                    "states.",
                    1,
                    view=_part(0),
                ),
                Property(
                    "one-window",
                    "When one window holds all steps (tau >= T) nothing is cut: the gradients are those of the loss.",
                    1,
                    _one_window,
                    _parts(1),
                ),
                Property(
                    "whole-windows",
                    "When tau divides T, the gradient goes back to the start of its window and no further.",
                    2,
                    _whole_windows,
                    _parts(1),
                ),
                Property(
                    "short-last-window",
                    "For any tau the gradients are right: a shorter last window counts like the others.",
                    1,
                    view=_parts(1),
                ),
                _unchanged(1),
            ),
            mistakes=WINDOW_MISTAKES,
            hints=(
                "Two loops: the outer one over the windows, for start in range(0, T, tau). Inside it, one window "
                "forwards, then the same window backwards.",
                "Forwards, collect the window's states in a list that starts with the carried state. Backwards, start "
                "with a gradient of zeros, and at each step add the direct part before you call step_backward.",
                "Step t of the window that begins at start has the direct part d_output[start + t]. After the window "
                "the carried state is the last of its list; the six sums go on from window to window.",
            ),
        ),
        PlotQuestion(
            id="07.3",
            name="plot_gradient_norms",
            title="The gradient on its way",
            signature="plot_gradient_norms(d_h) -> figure",
            equation=r"\left| \frac{\mathrm dL}{\mathrm dh_t} \right| = \sqrt{\sum_{b=1}^{B} \sum_{j=1}^{H} "
            r"\left( \frac{\mathrm dL}{\mathrm dh_{t,b,j}} \right)^2} \quad \text{drawn over} \quad T - t, "
            r"\qquad t = 1, \dots, T",
            section=f"{CHAPTER}#losses-at-many-steps",
            inputs=Inputs(PLOT_SIZES, _gradient_inputs),
            oracle=_gradient_norms,
            properties=(
                Property("norms", "A line shows the norms of the gradient in h_1 to h_T.", 1, holds=_draws_norms),
                Property("distances", "The point of step t stands at x = T - t.", 1, holds=_draws_distances),
                Property("logarithmic", "The y axis is logarithmic, and the x axis linear.", 1, holds=_has_scales),
                Property("labelled", "Both axes have a label.", 1, holds=_has_labels),
            ),
            mistakes=PLOT_MISTAKES,
            hints=(
                "np.linalg.norm takes two axes at once, or square, sum over the axes 1 and 2, and take the root.",
                "figure = Figure(); axes = figure.subplots(); then axes.semilogy(x, y) draws on a logarithmic y axis.",
                "The row with index i belongs to t = i + 1, so its distance is T - 1 - i.",
            ),
        ),
        ModelQuestion(
            id="07.4",
            name="train_and_predict",
            title="A GRU that you train",
            signature="train_and_predict(x_train, y_train, x_test, seed) -> y_test",
            equation=r"\hat{y} = w \cdot h_n + c \qquad L = \frac{1}{N} \sum_{k=1}^{N} (\hat{y}_k - y_k)^2",
            section=f"{CHAPTER}#the-last-state",
            returns=("y_test",),
            draw=_marked_numbers,
            score=_mean_squared_error,
            score_name="mean squared error",
            baseline=lambda args: _mean_of_targets(**args),
            baseline_name="the mean of y_train",
            levels=(
                Level("beats-the-mean", "The error is below 0.6 of that of the mean of y_train.", 1, 0.6),
                Level("remembers", "The error is below 0.2 of that of the mean.", 1, 0.2),
                Level("has-learnt", "The error is below 0.02 of that of the mean.", 2, 0.02),
            ),
            mistakes=MODEL_MISTAKES,
            hints=(
                "One step of training has four parts: choose 64 sequences; run them forwards and keep all states; run "
                "them backwards, from the gradient in the last state; let Adam change the parameters.",
                "The gradient of the loss in the predictions is d_y = 2 (y_hat - y) / N. From it come d_w = h_n.T @ "
                "d_y, d_c = the sum of d_y, and d_h_n = np.outer(d_y, w), with which the way back starts.",
                "Draw weights with a standard deviation of 1 / sqrt(H + I), start b_z at -1 so that the state is kept "
                "at first, and let the learning rate go down to 0 in a straight line during training.",
            ),
        ),
        ChoiceQuestion(
            id="07.5",
            name="truncation",
            title="What truncation does to the gradient",
            equation=r"\frac{\mathrm dL}{\mathrm d\theta} = \sum_{t=1}^{T} \sum_{s=t}^{T} "
            r"K_t^T\, J_{t+1}^T\, J_{t+2}^T \cdots J_s^T\, \frac{\partial L}{\partial h_s}",
            section=f"{CHAPTER}#a-common-misconception",
            points=2,
            options=(
                Option(
                    "a",
                    "The truncated gradient is the exact one plus noise with mean 0: with enough batches the "
                    "difference averages out.",
                    "Noise changes from batch to batch. What truncation leaves out are the same terms of the sum every "
                    "time, so their mean is left out too. More batches only show that more exactly.",
                    mistake="truncation-is-noise",
                ),
                Option(
                    "b",
                    "The pairs of a step and a loss in a later window are missing in every batch, so the difference "
                    "has a mean of its own, and more data do not remove it.",
                    "A bias. It is small if the terms with s far from t are small, and all there is if the task needs "
                    "something stored for longer than a window.",
                    right=True,
                ),
                Option(
                    "c",
                    "The truncated gradient has the direction of the exact one and is only shorter, so a larger "
                    "learning rate makes up for it.",
                    "The terms that are missing are not multiples of those that are there: a parameter that matters "
                    "only for storing loses nearly all of its gradient, another none. So the direction changes, and "
                    "no learning rate turns it back.",
                    mistake="truncation-is-a-factor",
                    section=f"{CHAPTER}#the-bias-of-truncation",
                ),
                Option(
                    "d",
                    "There is no difference: the state is carried, so each window knows the past, and its gradient "
                    "contains it.",
                    "The carried state brings the past's values into the window, but no gradient goes back out of "
                    "it: nothing tells the earlier steps what they should have stored.",
                    mistake="carried-state-carries-gradient",
                    section=f"{CHAPTER}#carrying-the-state",
                ),
            ),
            hints=(
                "Write the sum down for T = 3 and cross out what tau = 2 drops. Does what is crossed out depend on the "
                "batch?",
                "Take a task in which one loss, at the very end, asks for the first input. Which terms are left for "
                "the step that read it?",
            ),
        ),
        WrittenQuestion(
            id="07.6",
            name="two_parts",
            title="Two parts",
            equation=r"\frac{\mathrm dL}{\mathrm dh_t} = \frac{\partial L}{\partial h_t} "
            r"+ J_{t+1}^T\, \frac{\mathrm dL}{\mathrm dh_{t+1}}",
            section=f"{CHAPTER}#the-product-rule-over-time",
            manual_points=2,
            words=(30, 150),
            rubric=(
                "h_t is used in two places: the loss, or output, of its own step, and the next step, through which all "
                "later losses depend on it.",
                "A small change of h_t moves the loss along both ways at once, and the changes add up (the product "
                "rule, or total derivative).",
                "Without the second part each step is trained for its own loss alone: the cell does not learn to store "
                "what only a later loss needs.",
            ),
            hints=(
                "Move h_t by a little, and hold all inputs and parameters. What else moves? What does the loss see?",
            ),
        ),
    ),
)
