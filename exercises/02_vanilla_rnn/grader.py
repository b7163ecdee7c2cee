"""Chapter 02's exercise: the vanilla RNN, one step forward and one step of back-propagation through time.

Every oracle is the package itself. In 02.3 the state after the step is drawn by itself, not computed: a backward only
sees what it is given.
"""

# ruff: noqa: E741  (I is the input size, as in the book)

from __future__ import annotations

from typing import Any

import numpy as np

from gru_book.grading.spec import (
    UNCHANGED,
    Args,
    ChoiceQuestion,
    Exercise,
    ExpressionQuestion,
    FunctionQuestion,
    Inputs,
    Mistake,
    Option,
    Property,
)
from gru_book.numpy_backend.rnn import RNNCache, RNNParams, rnn_backward, rnn_cell

Array = np.ndarray[Any, Any]
CHAPTER = "02_vanilla_rnn"
SIZES = {"B": (1, 3), "I": (1, 3), "H": (1, 4)}


# ---------------------------------------------------------------------------------------------- inputs


def _step_inputs(rng: np.random.Generator, B: int, I: int, H: int) -> Args:
    return {"W": rng.normal(scale=0.6, size=(H, H + I)), "b": rng.normal(scale=0.6, size=H),
            "h_prev": rng.uniform(-0.9, 0.9, size=(B, H)), "x_t": rng.normal(size=(B, I))}  # fmt: skip


def _backward_inputs(rng: np.random.Generator, B: int, I: int, H: int) -> Args:
    h_t = rng.choice([-1.0, 1.0], size=(B, H)) * rng.uniform(0.2, 0.9, size=(B, H))  # no square passes for 0
    return {"W": rng.normal(scale=0.8, size=(H, H + I)), "h_prev": rng.uniform(-0.9, 0.9, size=(B, H)),
            "x_t": rng.normal(size=(B, I)), "h_t": h_t,
            "d_output_t": rng.normal(size=(B, H)), "d_h": rng.normal(size=(B, H))}  # fmt: skip


def _without(*names: str) -> Any:
    """A `given` that sets the named arguments to 0."""
    return lambda args: {**args, **{name: np.zeros_like(args[name]) for name in names}}


def _part(number: int) -> Any:
    """A `view` of one of the returned arrays."""
    return lambda args, output: output[number]


def _unchanged(points: float) -> Property:
    return Property(UNCHANGED, "The arguments are left as they were: nothing is changed in place.", points)


# --------------------------------------------------------------------------------------------- oracles


def _params(W: Array, b: Array) -> RNNParams:
    H = len(W)
    return RNNParams(weight_ih=W[:, H:], weight_hh=W[:, :H], bias_ih=b)


def _rnn_step(W: Array, b: Array, h_prev: Array, x_t: Array) -> Array:
    return rnn_cell(_params(W, b), x_t, h_prev)


def _backward_step(
    W: Array, h_prev: Array, x_t: Array, h_t: Array, d_output_t: Array, d_h: Array
) -> tuple[Array, Array, Array, Array]:
    """The package's backward over a sequence of one step, from a cache with this very state."""
    cache = RNNCache(_params(W, np.zeros(len(W))), x_t[None], h_prev[None], h_t[None], None)
    grads = rnn_backward(cache, d_output=d_output_t[None], d_h_n=d_h)
    d_b = grads.d_params.bias_ih
    assert d_b is not None  # _params gives a bias
    return grads.d_h_0, grads.d_x[0], np.hstack([grads.d_params.weight_hh, grads.d_params.weight_ih]), d_b


# -------------------------------------------------------------------------------------------- mistakes
# id: (title, why and how to see it, heading of the chapter). One text serves every question that can make it.

TEXTS = {
    "input-before-state": (
        "The input stands before the state",
        "W acts on [h_prev, x_t]: its first H columns belong to the state, backwards too. "
        "To see it, set the first H columns of W to 0: the old state must then have no influence.",
        "one-step",
    ),
    "bias-missing": (
        "The bias is missing",
        "b shifts every pre-activation. To see it, set W to 0: the state must be tanh(b).",
        "one-step",
    ),
    "bias-after-tanh": (
        "The bias is added after the tanh",
        "b belongs to the pre-activation, inside the brackets. "
        "To see it, let b be 5: a state beyond 1 cannot come out of a tanh.",
        "one-step",
    ),
    "recurrent-transposed": (
        "The state's part of the weights is transposed",
        "U is square, so both orders run without an error. The forward takes h_prev @ U.T, and the way back d_a @ U. "
        "To see it, take H = 2 and let one off-diagonal entry of U be the only number that is not 0.",
        "one-step",
    ),
    "squash-missing": (
        "The tanh is missing",
        "Without it the state is a weighted sum of all that came in, and it can grow beyond all bounds. "
        "To see it, let x_t be 100: a state lies between -1 and 1.",
        "one-step",
    ),
    "squash-sigmoid": (
        "A sigmoid in place of the tanh",
        "A sigmoid gives numbers between 0 and 1, so no state could be negative. "
        "To see it, set all arguments to 0: tanh(0) is 0, and a sigmoid gives 0.5.",
        "one-step",
    ),
    "squashed-apart": (
        "State and input are squashed one by one",
        "There is one tanh, of the whole sum: tanh(p) + tanh(q) is not tanh(p + q). "
        "To see it, look for a state beyond 1.",
        "one-step",
    ),
    "old-state-added": (
        "The old state is added to the new one",
        "The vanilla RNN rewrites its state at each step; it keeps only what U lets through. "
        "To see it, set W and b to 0: the new state must be 0, whatever the old one was.",
        "one-step",
    ),
    # the product rule over time
    "partial-for-total": (
        "The partial derivative for the total one",
        "(1 - h_2**2) * h_1 is right if h_1 is held. But h_1 was made with u too and moves with it. "
        "To see it, nudge u and compute both steps anew.",
        "three-steps-in-full",
    ),
    "last-use-missing": (
        "The last use of the weight is missing",
        "The product rule has two terms. What you have is that of h_1; where u itself stands in u * h_1 there is one "
        "more. To see it, let h_0 be 0: then h_1 does not depend on u, yet h_2 does.",
        "three-steps-in-full",
    ),
    "first-slope-missing": (
        "The slope of the first tanh is missing",
        "From u to h_1 the chain goes through a tanh as well, with the slope 1 - h_1**2. "
        "To see it, let h_1 be nearly 1: it is saturated, and no longer moves with u.",
        "three-steps-in-full",
    ),
    "second-slope-missing": (
        "The slope of the second tanh is missing",
        "Both terms go through the last tanh, with the slope 1 - h_2**2. "
        "To see it, let h_2 be nearly 1: it is saturated, and the derivative must be nearly 0.",
        "three-steps-in-full",
    ),
    "slope-on-one-term": (
        "The second slope stands before one term only",
        "1 - h_2**2 multiplies the whole bracket, since both terms go through the last tanh. "
        "To see it, let h_2 be 1: nothing may be left.",
        "three-steps-in-full",
    ),
    "weight-on-the-way-missing": (
        "The weight on the way is missing",
        "A move of h_1 reaches h_2 through u * h_1, so it is multiplied by u. "
        "To see it, let u be 0: the first step can then have no influence on h_2.",
        "three-steps-in-full",
    ),
    "uses-multiplied": (
        "The two uses are multiplied instead of added",
        "Along one path slopes are multiplied; the paths of the two uses are added. "
        "To see it, let h_0 be 0: the second use alone must still count.",
        "three-steps-in-full",
    ),
    "slope-unsquared": (
        "The square is missing in the slope of the tanh",
        "The slope is 1 - h**2 with h = tanh(a). "
        "To see it, change the sign of h: the slope must stay, since tanh is as steep at -a as at a.",
        "one-step-backwards",
    ),
    # one step backwards
    "slope-missing": (
        "The slope of the tanh is missing",
        "From h_t to its pre-activation the chain has the factor 1 - h_t**2. "
        "To see it, let h_t be nearly 1: a saturated unit lets almost nothing back.",
        "one-step-backwards",
    ),
    "slope-squashed-again": (
        "The state goes through the tanh a second time",
        "1 - tanh(a)**2 is 1 - h_t**2, since h_t is tanh(a) already. "
        "To see it, let h_t be 1: the slope must be 0, and tanh(1)**2 would leave 0.42.",
        "one-step-backwards",
    ),
    "slope-of-sigmoid": (
        "The slope of a sigmoid in place of that of the tanh",
        "h (1 - h) belongs to a sigmoid. To see it, let h_t be 0, where tanh is steepest: the slope must be 1.",
        "one-step-backwards",
    ),
    "slope-at-state-before": (
        "The slope is taken at the state before",
        "h_t came out of this step's tanh; h_prev came out of the one before. "
        "To see it, let h_t be 1 and h_prev 0: the unit is saturated at this step, and nothing may come back.",
        "one-step-backwards",
    ),
    "direct-part-missing": (
        "The direct part is missing",
        "A loss that looks at h_t itself is in d_output_t, and d_h is only what comes from later steps. "
        "To see it, take the last step, where d_h is 0: with a loss there, the gradient is not 0.",
        "the-recursion",
    ),
    "later-part-missing": (
        "What comes from later steps is missing",
        "The next state was made from h_t, so the later losses depend on it too: d_h belongs to the sum. "
        "To see it, let the loss look at the last state only: d_output_t is 0 here, yet the gradient is not.",
        "the-recursion",
    ),
    "parts-multiplied": (
        "The two parts are multiplied instead of added",
        "They are two reasons for which the loss changes, and the changes add up. "
        "To see it, let one of them be 0: the other must still count.",
        "the-recursion",
    ),
    "direct-part-past-the-slope": (
        "The direct part does not go through the tanh",
        "Both parts are gradients in h_t, so both go through its tanh: add first, then multiply by the slope. "
        "To see it, let h_t be 1: nothing may come back, not even from the direct part.",
        "the-recursion",
    ),
    "later-part-past-the-slope": (
        "What comes from later steps does not go through the tanh",
        "d_h is a gradient in h_t, as the direct part is; this step's slope still has to be applied to it. "
        "To see it, let h_t be 1: nothing may come back.",
        "the-recursion",
    ),
    "direct-part-handed-on": (
        "The direct part goes on to the state before as it is",
        "d_output_t is what the loss says of h_t. It reaches h_prev through this step only; the direct part of h_prev "
        "is added at its own step. To see it, set W to 0: then nothing may go on to h_prev.",
        "the-recursion",
    ),
    "recurrent-transposed-back": (
        "The state's part of the weights is transposed on the way back",
        "The forward takes h_prev @ U.T, so the way back takes d_a @ U: transposed once more. U is square and raises "
        "no error. To see it, take H = 2 and let one off-diagonal entry of U be the only number that is not 0.",
        "one-step-backwards",
    ),
    "weight-reads-new-state": (
        "d_W reads h_t instead of h_prev",
        "A weight's gradient is d_a times what the weight multiplied in the forward, and that was the old state. "
        "To see it, set h_prev to 0: the first H columns of d_W must be 0.",
        "one-step-backwards",
    ),
    "weight-gradient-transposed": (
        "The weights' gradient lies on its side",
        "A gradient has the shape of what it belongs to: d_W is (H, H+I), one row a unit. hx.T @ d_a is its transpose. "
        "To see it, compare d_W.shape with W.shape.",
        "one-step-backwards",
    ),
    "batch-mean": (
        "The parameters take the mean over the batch, not the sum",
        "The weights serve every row, so their gradients are sums over the rows; a mean belongs to the loss, if "
        "anywhere. To see it, repeat a batch of one row three times: d_W and d_b must become three times as large.",
        "one-step-backwards",
    ),
    "bias-mean": (
        "The bias takes the mean over the batch, not the sum",
        "One bias serves every row of the batch, so its gradient is the sum of what the rows say. "
        "To see it, repeat a batch of one row three times: d_b must become three times as large.",
        "one-step-backwards",
    ),
    "bias-not-summed": (
        "The bias's gradient keeps the batch",
        "b has the shape (H,), and so must its gradient: one b was added to all rows. "
        "To see it, compare d_b.shape with (H,).",
        "one-step-backwards",
    ),
    # one step back
    "state-carries-gradient": (
        "The state carries the gradient",
        "The state carries values. The partial derivative holds h_(t-1) fixed: how it would change with the weights "
        "is not in it. In the chapter's echo the whole gradient learns, and this one does not.",
        "a-common-misconception",
    ),
    "only-shorter": (
        "The stopped gradient points the same way",
        "What is missing is other terms, not a common factor: each J_t is a matrix that turns as well as it scales. "
        "In the chapter's echo no learning rate helps to store what no term asks for.",
        "a-common-misconception",
    ),
    "stops-the-state": (
        "Stopping the gradient stops the state",
        "The forward is untouched: h_t is still made from h_(t-1), and the network's memory is what its weights make "
        "of it. Only what training is told has changed.",
        "a-common-misconception",
    ),
    "each-use-counted": (
        "Each use of the weights is in the sum",
        "Each use is there, but only with the loss of its own step. What it does to the losses of all later steps, "
        "through the states in between, is missing from each share.",
        "shared-weights",
    ),
}


def _mistake(mistake_id: str, *patch: tuple[str, str]) -> Mistake:
    """The misconception of that id, planted by `patch` in the reference of the question that lists it."""
    title, why, anchor = TEXTS[mistake_id]
    return Mistake(mistake_id, title, why, f"{CHAPTER}#{anchor}", patch=patch)


def _valued(mistake_id: str, value: str) -> Mistake:
    """The misconception of that id, as the expression that it leads to."""
    title, why, anchor = TEXTS[mistake_id]
    return Mistake(mistake_id, title, why, f"{CHAPTER}#{anchor}", value=value)


SUM, SQUASH = "hx @ W.T + b", "np.tanh(a_t)"
U_T, V_T = "W[:, : W.shape[0]].T", "W[:, W.shape[0] :].T"

STEP_MISTAKES = (
    _mistake("input-before-state", ("[h_prev, x_t]", "[x_t, h_prev]")),
    _mistake("bias-missing", (SUM, "hx @ W.T")),
    _mistake("bias-after-tanh", (SUM, "hx @ W.T"), (SQUASH, "np.tanh(a_t) + b")),
    _mistake("recurrent-transposed", (SUM, f"h_prev @ {U_T}.T + x_t @ {V_T} + b")),
    _mistake("squash-missing", (SQUASH, "a_t")),
    _mistake("squash-sigmoid", (SQUASH, "1 / (1 + np.exp(-a_t))")),
    _mistake("squashed-apart", (SQUASH, f"np.tanh(h_prev @ {U_T}) + np.tanh(x_t @ {V_T} + b)")),
    _mistake("old-state-added", (SQUASH, "h_prev + np.tanh(a_t)")),
)

DERIVATIVE_MISTAKES = (
    _valued("partial-for-total", "(1 - h_2**2) * h_1"),
    _valued("last-use-missing", "(1 - h_2**2) * u * (1 - h_1**2) * h_0"),
    _valued("first-slope-missing", "(1 - h_2**2) * (h_1 + u * h_0)"),
    _valued("second-slope-missing", "h_1 + u * (1 - h_1**2) * h_0"),
    _valued("slope-on-one-term", "(1 - h_2**2) * h_1 + u * (1 - h_1**2) * h_0"),
    _valued("weight-on-the-way-missing", "(1 - h_2**2) * (h_1 + (1 - h_1**2) * h_0)"),
    _valued("uses-multiplied", "(1 - h_2**2) * h_1 * u * (1 - h_1**2) * h_0"),
    _valued("slope-unsquared", "(1 - h_2) * (h_1 + u * (1 - h_1) * h_0)"),
)

TOTAL, SLOPE = "d_output_t + d_h\n", "d_h_t * (1 - h_t**2)"

BACKWARD_MISTAKES = (
    _mistake("slope-missing", (SLOPE, "d_h_t")),
    _mistake("slope-unsquared", (SLOPE, "d_h_t * (1 - h_t)")),
    _mistake("slope-squashed-again", (SLOPE, "d_h_t * (1 - np.tanh(h_t) ** 2)")),
    _mistake("slope-of-sigmoid", (SLOPE, "d_h_t * h_t * (1 - h_t)")),
    _mistake("slope-at-state-before", (SLOPE, "d_h_t * (1 - h_prev**2)")),
    _mistake("direct-part-missing", (TOTAL, "d_h\n")),
    _mistake("later-part-missing", (TOTAL, "d_output_t\n")),
    _mistake("parts-multiplied", (TOTAL, "d_output_t * d_h\n")),
    _mistake("direct-part-past-the-slope", (SLOPE, "d_output_t + d_h * (1 - h_t**2)")),
    _mistake("later-part-past-the-slope", (SLOPE, "d_h + d_output_t * (1 - h_t**2)")),
    _mistake("direct-part-handed-on", ("= d_hx[:, :H],", "= d_hx[:, :H] + d_output_t,")),
    _mistake("recurrent-transposed-back", ("= d_hx[:, :H],", "= d_a @ W[:, :H].T,")),
    _mistake(
        "input-before-state",
        ("[h_prev, x_t]", "[x_t, h_prev]"),
        ("d_hx[:, :H], d_hx[:, H:]", "d_hx[:, -H:], d_hx[:, :-H]"),
    ),
    _mistake("weight-reads-new-state", ("[h_prev, x_t]", "[h_t, x_t]")),
    _mistake("weight-gradient-transposed", ("d_a.T @ hx", "hx.T @ d_a")),
    _mistake("batch-mean", ("d_a.T @ hx", "d_a.T @ hx / len(hx)"), ("d_a.sum(axis=0)", "d_a.mean(axis=0)")),
    _mistake("bias-mean", ("d_a.sum(axis=0)", "d_a.mean(axis=0)")),
    _mistake("bias-not-summed", ("d_a.sum(axis=0)", "d_a")),
)


# ------------------------------------------------------------------------------------------- questions

STEP = FunctionQuestion(
    id="02.1",
    name="rnn_step",
    title="One step",
    signature="rnn_step(W, b, h_prev, x_t) -> h_t",
    equation=r"h_t = \tanh(W \cdot [h_{t-1}, x_t] + b)",
    section=f"{CHAPTER}#one-step",
    returns=("h_t",),
    inputs=Inputs(SIZES, _step_inputs),
    oracle=_rnn_step,
    hints=(
        "np.concatenate([...], axis=1) puts two arrays side by side, row by row.",
        "For one sequence it is W @ hx. With a sequence in each row of hx, the rows stay rows if W.T stands on the "
        "right.",
        "Three lines: concatenate, multiply and add b, apply np.tanh to the whole sum.",
    ),
    properties=(
        Property("empty-state", "From an empty state (h_prev = 0) the step is tanh of the input's share and the bias.",
                 1, _without("h_prev")),
        Property("no-input", "Without input (x_t = 0) the step is tanh of the state's share and the bias.",
                 1, _without("x_t")),
        Property("any", "For any state and input, h_t is one tanh of the whole sum.", 2),
        _unchanged(1),
    ),
    mistakes=STEP_MISTAKES,
)  # fmt: skip

DERIVATIVE = ExpressionQuestion(
    id="02.2",
    name="d_h_2_d_u",
    title="The same weight twice, on paper",
    equation=r"h_1 = \tanh(u\, h_0 + x_1), \qquad h_2 = \tanh(u\, h_1 + x_2)",
    section=f"{CHAPTER}#three-steps-in-full",
    points=2,
    expected="(1 - h_2**2) * (h_1 + u * (1 - h_1**2) * h_0)",
    symbols={
        "u": "the weight",
        "h_0": "the first state, which does not depend on u",
        "h_1": "the state after the first step",
        "h_2": "the state after the second step",
    },
    ranges={"h_0": (-0.9, 0.9), "h_1": (-0.9, 0.9), "h_2": (-0.9, 0.9)},
    hints=(
        "Begin at the end: h_2 is the tanh of a sum, and only u * h_1 in that sum depends on u.",
        "The product rule for u * h_1: hold h_1 and let u move, then hold u and let h_1 move, and add.",
        "The slope of tanh, written with its output, is 1 - h**2. You need it once for each step.",
    ),
    mistakes=DERIVATIVE_MISTAKES,
)

BACKWARD = FunctionQuestion(
    id="02.3",
    name="rnn_backward_step",
    title="One step backwards",
    signature="rnn_backward_step(W, h_prev, x_t, h_t, d_output_t, d_h) -> d_h_prev, d_x_t, d_W, d_b",
    equation=r"\begin{aligned} "
    r"\frac{\mathrm{d} L}{\mathrm{d} h_t} &= \frac{\partial L}{\partial h_t} "
    r"+ J_{t+1}^{\mathsf T} \frac{\mathrm{d} L}{\mathrm{d} h_{t+1}} \\ "
    r"h_t &= \tanh(W \cdot [h_{t-1}, x_t] + b) \end{aligned}",
    section=f"{CHAPTER}#one-step-backwards",
    returns=("d_h_prev", "d_x_t", "d_W", "d_b"),
    inputs=Inputs(SIZES, _backward_inputs),
    oracle=_backward_step,
    hints=(
        "First the total gradient in h_t: the direct part and what comes from the step after. Then go through the "
        "tanh, then through the sum.",
        "The gradient in the pre-activation has the shape (B, H), W has (H, H+I), and [h_prev, x_t] has (B, H+I). "
        "Only one product of two of them gives (B, H+I), and only one gives (H, H+I).",
        "What comes back through W has H + I columns: the first H go to h_prev, the others to x_t. The bias sums over "
        "the rows.",
    ),
    properties=(
        Property("from-later-steps", "Where no loss looks at h_t (d_output_t = 0), d_h_prev is what d_h becomes on its "
                 "way through the step.", 1, _without("d_output_t"), _part(0)),
        Property("direct-part", "At the last step (d_h = 0), d_h_prev is what the direct part becomes on its way "
                 "through the step.", 1, _without("d_h"), _part(0)),
        Property("both-parts", "With both parts, d_h_prev is the sum of what each of them becomes.", 1, view=_part(0)),
        Property("input", "d_x_t is the gradient in the input.", 1, view=_part(1)),
        Property("weight", "d_W is this step's share of the gradient in the weights, summed over the batch.",
                 2, view=_part(2)),
        Property("bias", "d_b is this step's share of the gradient in the bias, summed over the batch.",
                 1, view=_part(3)),
        _unchanged(1),
    ),
    mistakes=BACKWARD_MISTAKES,
)  # fmt: skip


def _wrong(letter: str, text: str, mistake_id: str) -> Option:
    _, why, anchor = TEXTS[mistake_id]
    return Option(letter, text, why, mistake=mistake_id, section=f"{CHAPTER}#{anchor}")


FRIEND = ChoiceQuestion(
    id="02.4",
    name="friend",
    title="Is one step back enough?",
    equation=r"g = \sum_{t=1}^{T} \Bigl(\frac{\partial h_t}{\partial \theta}\Bigr)^{\mathsf T} "
    r"\frac{\partial L_t}{\partial h_t}",
    section=f"{CHAPTER}#a-common-misconception",
    points=1,
    hints=("Let only the last loss be other than 0. Which terms are left in her sum, and which in the full one?",),
    options=(
        _wrong(
            "a",
            "She is right. The state before stands in each partial derivative, and all of the past is in it.",
            "state-carries-gradient",
        ),
        _wrong(
            "b",
            "She gets the gradient's direction, only shorter. A larger learning rate makes up for it.",
            "only-shorter",
        ),
        Option(
            "c",
            "Each loss is missing the terms that go through earlier uses of the weights, so no step learns to store "
            "what a later one needs.",
            "The total derivative has a term for each use of the weights and each later loss. Her sum keeps those in "
            "which use and loss are at the same step.",
            right=True,
        ),
        _wrong(
            "d",
            "By stopping the gradient she also stops the state: her network has no memory of earlier steps when it is "
            "used.",
            "stops-the-state",
        ),
        _wrong(
            "e",
            "Only the gradient in the first state is missing. The weights are used at each step, and each use is in "
            "the sum.",
            "each-use-counted",
        ),
    ),
)

exercise = Exercise(id=CHAPTER, title="The vanilla RNN", questions=(STEP, DERIVATIVE, BACKWARD, FRIEND))
