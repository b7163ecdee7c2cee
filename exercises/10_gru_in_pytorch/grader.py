"""Chapter 10's exercise: a layer on the tape, finished states, a count, a choice, and a Function's backward.

Every oracle of a gradient is the NumPy reference with its hand-derived backward, which knows nothing of autograd. What
stands past a sequence's length is nonsense, so that reading it shows.
"""

# ruff: noqa: E741  (I is the input size, as in the book)

from __future__ import annotations

from typing import Any

import numpy as np

from gru_book import GRUParams
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
from gru_book.numpy_backend import gru_backward, gru_forward

Array = np.ndarray[Any, Any]
CHAPTER = "10_gru_in_pytorch"

STEP_1 = "step-1-the-equations-in-tensors"
STEP_3 = "step-3-your-own-backward"
DIRECTIONS = "step-5-continued-both-directions-and-a-stack"
LENGTHS = "step-5-lengths-and-packed-batches"
MISCONCEPTION = "a-common-misconception"
SPEAKERS = "who-is-speaking"

LAYER_SIZES = {"I": (1, 3), "B": (1, 3), "H": (1, 3), "T": (1, 4)}
BATCH_SIZES = {"B": (1, 4), "T": (1, 5), "H": (1, 3)}
BLEND_SIZES = {"B": (1, 3), "H": (1, 4)}


# ---------------------------------------------------------------------------------------------- inputs


def _layer_inputs(rng: np.random.Generator, I: int, B: int, H: int, T: int) -> Args:
    return {"x": rng.normal(size=(T, B, I)), "h_0": rng.uniform(-0.9, 0.9, size=(B, H)),
            "weight_ih": rng.normal(scale=0.8, size=(3 * H, I)), "weight_hh": rng.normal(scale=0.8, size=(3 * H, H)),
            "bias_ih": rng.normal(scale=0.8, size=3 * H), "d_output": rng.normal(size=(T, B, H))}  # fmt: skip


def _batch_inputs(rng: np.random.Generator, B: int, T: int, H: int) -> Args:
    """Lengths in 1..T, different where they can be and in no order; nonsense past each, and past the longest too."""
    lengths = rng.permutation(T)[:B] + 1 if B <= T else rng.integers(1, T + 1, size=B)
    T += int(rng.integers(3))
    valid = (np.arange(T)[:, None] < lengths)[..., None]
    output = np.where(valid, rng.uniform(-1, 1, size=(T, B, 2 * H)), 20 * rng.normal(size=(T, B, 2 * H)))
    return {"output": output, "lengths": lengths.astype(np.int64)}


def _blend_inputs(rng: np.random.Generator, B: int, H: int) -> Args:
    n = rng.choice([-1.0, 1.0], size=(B, H)) * rng.uniform(0.2, 0.9, size=(B, H))  # no square passes for 0
    return {"h_prev": rng.uniform(-0.9, 0.9, size=(B, H)), "z": rng.uniform(0.1, 0.9, size=(B, H)),
            "n": n, "d_h_t": rng.normal(size=(B, H))}  # fmt: skip


# -------------------------------------------------------------------- the cases that properties are about


def _one_step(args: Args) -> Args:
    return {**args, "x": args["x"][:1], "d_output": args["d_output"][:1]}


def _full(args: Args) -> Args:
    return {**args, "lengths": np.full_like(args["lengths"], len(args["output"]))}


def _part(number: int) -> Any:
    """A `view` of one of the returned arrays."""
    return lambda args, output: output[number]


def _half(number: int) -> Any:
    """A `view` of the forward (0) or the reverse half (1) of the summary."""

    def view(args: Args, summary: Array) -> Array:
        H = args["output"].shape[2] // 2
        return summary[..., number * H : (number + 1) * H]

    return view


def _unchanged() -> Property:
    return Property(UNCHANGED, "The arguments are left as they were: nothing is changed in place.", 1)


# --------------------------------------------------------------------------------------------- oracles


def _gru_gradients(
    x: Array, h_0: Array, weight_ih: Array, weight_hh: Array, bias_ih: Array, d_output: Array
) -> tuple[Array, ...]:
    output, _, cache = gru_forward(GRUParams(weight_ih, weight_hh, bias_ih), x, h_0)
    grads = gru_backward(cache, d_output)
    return output, grads.d_x, grads.d_h_0, *(array for _, array in grads.d_params.arrays())


def _summaries(output: Array, lengths: Array) -> Array:
    """Sequence by sequence, cut to its length first: the padding is gone before anything is read."""
    H = output.shape[2] // 2
    own = [output[:length, b] for b, length in enumerate(lengths)]
    return np.stack([np.concatenate([frames[-1, :H], frames[0, H:]]) for frames in own])


def _blend_backward(h_prev: Array, z: Array, n: Array, d_h_t: Array) -> tuple[Array, Array, Array]:
    """By complex steps on the pre-activations: no derivative is written down."""
    a_z, a_n, eps = np.log(z) - np.log1p(-z), np.arctanh(n), 1e-30

    def blend(a_z: Array, a_n: Array, h_prev: Array) -> Array:
        z = 1 / (1 + np.exp(-a_z))
        return (1 - z) * h_prev + z * np.tanh(a_n)

    at = [a_z.astype(complex), a_n.astype(complex), h_prev.astype(complex)]
    nudged = ([v + 1j * eps * (k == j) for k, v in enumerate(at)] for j in range(3))
    d_a_z, d_a_n, d_h_prev = (d_h_t * blend(*values).imag / eps for values in nudged)
    return d_a_z, d_a_n, d_h_prev


# -------------------------------------------------------------------------------------------- mistakes
# id: (title, why and how to see it, heading of the chapter). One text serves every question that can make it.

TEXTS = {
    # the layer's values
    "z-keeps-the-state": (
        "z weights the old state",
        "That is PyTorch's convention. In the book's equations z weights the candidate. "
        "To see it, give z a large bias: the new state must then be the candidate.",
        STEP_1,
    ),
    "reset-after": (
        "The reset comes after the product",
        "r * (U h) is torch.nn.GRU's candidate; the equations have U (r * h), another function. "
        "To see it, take H = 2: then r of one unit must change what the other reads.",
        STEP_1,
    ),
    "reset-missing": (
        "The candidate reads the state without the reset gate",
        "r must multiply the state before the product with U. "
        "To see it, give r a large negative bias: the candidate must then not depend on the state.",
        STEP_1,
    ),
    "rows-z-first": (
        "The blocks of r and z are exchanged",
        "The rows stand in the order r, z, n. All three blocks have one shape, so nothing complains. "
        "To see it, make the bias of the second block very negative: the state must then stay as it is.",
        STEP_1,
    ),
    "recurrent-transposed": (
        "The weights of the state are transposed",
        "The equation has U h for a column; for rows that is h @ U.T. U is square, so both orders run. "
        "To see it, take H = 2 and let one off-diagonal entry of U be the only number that is not 0.",
        STEP_1,
    ),
    "first-state-ignored": (
        "The first state is ignored",
        "The loop starts from h_0, not from zero. "
        "To see it, give z a very negative bias: the first output must then be h_0.",
        STEP_1,
    ),
    "state-not-carried": (
        "Every step starts from the first state",
        "h_(t-1) is the state that the step before has left. As it stands the layer has no memory. "
        "To see it, change the first input: the second output must change too.",
        STEP_1,
    ),
    "output-before-update": (
        "A state is put out before its step",
        "output[t] is the state after step t; yours is the one before it, and the last state is missing. "
        "To see it, look at one step: its output must not be h_0.",
        STEP_1,
    ),
    "candidate-sigmoid": (
        "A sigmoid in place of the tanh",
        "The candidate lies between -1 and 1; a sigmoid is never negative, so no state could become so. "
        "To see it, set all parameters to 0: the candidate must be 0, not 0.5.",
        STEP_1,
    ),
    # the tape
    "detached-between-steps": (
        "The tape is cut between two steps",
        "A state that is detached, or made anew from its numbers, has forgotten how it was computed: the values "
        "stay right, and the gradient is that of windows of one step. To see it, let only the last "
        "output count: d_x of the "
        "first step must not be 0.",
        STEP_1,
    ),
    "candidate-off-the-tape": (
        "The candidate is off the tape",
        "What goes through NumPy, .detach() or .data is a constant to autograd. The outputs are right, "
        "and the rows of n "
        "get no gradient. To see it, look at the last third of d_weight_hh: it is 0.",
        STEP_1,
    ),
    "reset-off-the-tape": (
        "The reset gate is off the tape",
        "What is computed under torch.no_grad() or detached is a constant. The outputs are right, and "
        "the rows of r get "
        "no gradient. To see it, look at the first third of d_weight_hh: it is 0.",
        STEP_1,
    ),
    "gates-off-the-tape": (
        "Both gates are off the tape",
        "r and z look like switches, yet they are functions of the input and the state, and learn through their "
        "gradients. To see it, look at the first two thirds of d_bias_ih: they are 0.",
        STEP_1,
    ),
    "sent-back-ignored": (
        "d_output is not used",
        "The gradient of the sum of all outputs is that for a d_output of ones. The loss at hand sends back d_output. "
        "To see it, double d_output: every gradient must double.",
        STEP_1,
    ),
    "mean-of-outputs": (
        "The gradient of the mean of the outputs",
        "d_output says what the loss thinks of each output; a mean thinks the same of all and divides by their number. "
        "To see it, double d_output: every gradient must double.",
        STEP_1,
    ),
    "last-output-only": (
        "Only the last output's part is sent back",
        "d_output has a part for each step, and each is added at its own state (chapter 07). "
        "To see it, let d_output be 0 at the last step: the gradients must not vanish.",
        STEP_1,
    ),
    "weighted-by-output": (
        "d_output is multiplied by the output once more",
        "The gradient of sum(d_output * output) sends back d_output itself. With a square of the output, "
        "or the product "
        "given as the gradient, another loss is meant. To see it, compare with d_output of ones.",
        STEP_1,
    ),
    "gradients-add-up": (
        "The gradients are counted twice",
        ".backward() adds to .grad and does not set it: a second call without zeroing in between doubles "
        "what is there. "
        "To see it, look at the numbers: each is twice what it should be.",
        STEP_1,
    ),
    # finished states
    "output-minus-one": (
        "The last row for both halves",
        "Row T is past the end of every sequence but the longest, and the reverse direction has only begun there. "
        "To see it, look at a sequence of length 1 in a longer batch: its summary must be in its first row.",
        MISCONCEPTION,
    ),
    "forward-at-padded-end": (
        "The forward half is read past the end",
        "Row T is padding for every sequence but the longest. Its own last frame is in row length - 1. "
        "To see it, put other numbers into the padding: nothing may change.",
        LENGTHS,
    ),
    "both-at-last-frame": (
        "The reverse half is read at the last frame",
        "The reverse direction starts there: in that row it has read one frame. It is finished in row 0. "
        "To see it, change the first frame's output: the reverse half of the summary must follow.",
        MISCONCEPTION,
    ),
    "reverse-at-padded-end": (
        "The reverse half is read in the last row",
        "There it has read one frame or, in padding, none. It reads towards the start, so it is finished in row 0. "
        "To see it, put other numbers into the padding: nothing may change.",
        MISCONCEPTION,
    ),
    "both-at-first-frame": (
        "The forward half is read at the first frame",
        "The forward direction has read one frame there; it is finished at the last. "
        "To see it, look at a sequence of three frames: the forward half must come from row 2.",
        DIRECTIONS,
    ),
    "ends-exchanged": (
        "Each half is read where it starts",
        "Forward is finished at the last frame, reverse at the first; you have it the other way round. "
        "To see it, look at the example: [3, 2], not [1, 4].",
        DIRECTIONS,
    ),
    "halves-exchanged": (
        "The reverse half stands first",
        "A layer puts the forward direction in the first H columns, and the summary keeps that order. "
        "To see it, look at the example: [3, 2], not [2, 3].",
        DIRECTIONS,
    ),
    "one-frame-early": (
        "The forward half is one frame early",
        "Frame number length stands in row length - 1, since rows count from 0: one is to be taken off once. "
        "To see it, look at a sequence of length 1: row -1 is the end of the padding.",
        LENGTHS,
    ),
    "one-frame-late": (
        "The forward half is one frame late",
        "Rows count from 0, so the last frame of a sequence stands in row length - 1; row length is already padding. "
        "To see it, put other numbers into the padding: nothing may change.",
        LENGTHS,
    ),
    "longest-for-all": (
        "One length for all sequences",
        "Each sequence has an end of its own; yours is that of the longest. "
        "To see it, put other numbers into the padding: nothing may change.",
        LENGTHS,
    ),
    "mean-over-time": (
        "A mean over all rows",
        "A mean is another summary, and over a padded batch it counts the padding too. Asked for are two states. "
        "To see it, look at the example: [3, 2], not [3, 4].",
        MISCONCEPTION,
    ),
    "packed-order": (
        "The rows are in the packed order",
        "Packing sorts the sequences by length; a summary belongs into the order in which they came. "
        "To see it, exchange two sequences of different lengths: the rows must be exchanged.",
        LENGTHS,
    ),
    "time-and-batch": (
        "Time and batch are exchanged",
        "The output is (T, B, 2H): the first index is the frame, the second the sequence. "
        "To see it, let T and B differ: some index leaves the array.",
        LENGTHS,
    ),
    "halves-added": (
        "The halves are added",
        "The two directions stand side by side, 2H numbers; in a sum neither can be told from the other. "
        "To see it, look at the shape: (B, 2H).",
        DIRECTIONS,
    ),
    # the count
    "upper-reads-one-direction": (
        "The upper layers read one direction only",
        "The output of a layer has 2H columns, so an upper layer has 2H weights a row for its input and "
        "H for its state. "
        "To see it, compute N = 2, I = 2H: both layers must then have equally many.",
        DIRECTIONS,
    ),
    "one-direction": (
        "One direction is counted",
        "Each direction has weights and biases of its own, in every layer. "
        "To see it, compute N = 1: it must be twice chapter 05's count.",
        DIRECTIONS,
    ),
    "two-biases": (
        "Two biases a gate",
        "That is torch.nn.GRU's count. With the reset before the product one bias a gate is all that can matter. "
        "To see it, compute I = H = N = 1: six rows of three numbers are 18.",
        DIRECTIONS,
    ),
    "biases-missing": (
        "The biases are missing",
        "Each of the rows has a bias besides its weights. "
        "To see it, compute I = H = N = 1: six rows of three numbers are 18.",
        DIRECTIONS,
    ),
    "layers-alike": (
        "All layers are counted like the first",
        "Only the first layer reads the I inputs; the others read the 2H outputs of the layer below. "
        "To see it, let I be very large: only one layer may grow.",
        DIRECTIONS,
    ),
    "one-layer-too-many": (
        "One upper layer too many",
        "Of N layers, one reads the inputs, and N - 1 read another layer. "
        "To see it, compute N = 1: no upper layer may be left.",
        DIRECTIONS,
    ),
    "four-blocks": (
        "Four blocks of rows",
        "That is an LSTM. A GRU has three: r, z and the candidate. "
        "To see it, compute I = H = N = 1: six rows of three numbers are 18.",
        DIRECTIONS,
    ),
    "two-blocks": (
        "The candidate is not counted",
        "r and z are gates, and the candidate n has weights and a bias as they have: three blocks of H rows. "
        "To see it, compute I = H = N = 1: six rows of three numbers are 18.",
        DIRECTIONS,
    ),
    # evidence
    "falling-loss": (
        "A falling loss is taken for a proof",
        "Any direction at less than a right angle to the gradient lowers the loss. All three wrong backwards of the "
        "chapter did so.",
        STEP_3,
    ),
    "equal-accuracy": (
        "Equal accuracy is taken for a proof",
        "In the chapter a backward that leaves out the gradient of U_r trained a model of the same accuracy.",
        SPEAKERS,
    ),
    "values-for-gradients": (
        "Right values are taken for right gradients",
        "The outputs come from forward alone. Backward has not been asked, so nothing is known of it.",
        STEP_1,
    ),
    "poor-point": (
        "A point that hides mistakes",
        "With h_0 = 0 and one step the weights of the state multiply zero: their gradients are zero, and "
        "a backward that "
        "leaves them out passes.",
        STEP_3,
    ),
    "first-loss": (
        "The first loss is taken for a proof",
        "The first loss is computed before any gradient is used. It is equal whatever the backward does; the second is "
        "the first to tell.",
        SPEAKERS,
    ),
    # the backward of a Function
    "slope-of-sigmoid-missing": (
        "The slope of the sigmoid is missing",
        "From z to a_z the chain has the factor z (1 - z). "
        "To see it, let z be nearly 1: a saturated gate lets almost nothing back.",
        STEP_3,
    ),
    "slope-of-tanh-missing": (
        "The slope of the tanh is missing",
        "From n to a_n the chain has the factor 1 - n**2. "
        "To see it, let n be nearly 1: a saturated candidate lets almost nothing back.",
        STEP_3,
    ),
    "sign-of-d-z": (
        "The sign of the gradient in z",
        "h_t = h_prev + z (n - h_prev): more z moves the state towards n, so the slope is n - h_prev. "
        "To see it, let n be above h_prev and d_h_t be 1: d_a_z must be positive.",
        STEP_3,
    ),
    "copy-forgotten-in-d-z": (
        "z stands in two places, and one is left out",
        "z weights the candidate and 1 - z the old state: the slope is n - h_prev, not n. "
        "To see it, let n equal h_prev: then z has no influence, and d_a_z must be 0.",
        STEP_3,
    ),
    "candidate-forgotten-in-d-z": (
        "z stands in two places, and the candidate's is left out",
        "z weights the candidate and 1 - z the old state: the slope is n - h_prev, not -h_prev. "
        "To see it, let n equal h_prev: then z has no influence, and d_a_z must be 0.",
        STEP_3,
    ),
    "weights-exchanged": (
        "The weights of the two parts are exchanged",
        "The candidate has the weight z and the old state 1 - z, on the way back as on the way there. "
        "To see it, let z be 0: nothing may reach the candidate, and all of d_h_t the old state.",
        STEP_3,
    ),
    "sent-back-missing": (
        "d_h_t is missing",
        "backward returns the loss's gradient, the slope times what is sent back. "
        "To see it, let d_h_t be 0: all three must be 0.",
        STEP_3,
    ),
    "slope-unsquared": (
        "The square is missing in the slope of the tanh",
        "The slope is 1 - n**2 with n = tanh(a_n). "
        "To see it, change the sign of n: the slope must stay, since tanh is as steep at -a as at a.",
        STEP_3,
    ),
    "tanh-twice": (
        "The candidate goes through the tanh a second time",
        "n is tanh(a_n) already, so the slope is 1 - n**2. "
        "To see it, let n be 1: the slope must be 0, and 1 - tanh(1)**2 is 0.42.",
        STEP_3,
    ),
    "sigmoid-twice": (
        "The gate goes through the sigmoid a second time",
        "z is sigmoid(a_z) already, so the slope is z (1 - z). To see it, let z be 1: the slope must be 0.",
        STEP_3,
    ),
    "slopes-exchanged": (
        "The two slopes are exchanged",
        "z comes out of a sigmoid, with the slope z (1 - z); n comes out of a tanh, with the slope 1 - n**2. "
        "To see it, let n be 0, where the tanh is steepest: d_a_n must be d_n.",
        STEP_3,
    ),
    "direct-path-missing": (
        "The old state gets nothing",
        "h_prev stands in the line itself, with the weight 1 - z: the direct path, the one that lasts. "
        "To see it, let z be 0: the new state is the old one, and d_h_prev must be d_h_t.",
        STEP_3,
    ),
    "direct-path-unweighted": (
        "The old state gets all of it",
        "Its weight in the line is 1 - z, so that is the share that goes back. "
        "To see it, let z be 1: the old state has no weight, and d_h_prev must be 0.",
        STEP_3,
    ),
    "order-of-arguments": (
        "The gradients are in another order than forward's arguments",
        "PyTorch hands the first gradient to the first argument, whatever it is called. forward takes "
        "a_z, a_n, h_prev. "
        "All three have one shape, so nothing complains. To see it, let z be 0: only the third may be other than 0.",
        STEP_3,
    ),
    "batch-mean": (
        "The gradients are divided by the size of the batch",
        "A mean over the batch belongs to the loss, if anywhere; then d_h_t has it already. "
        "To see it, repeat a batch of one row: the rows must stay as they were.",
        STEP_3,
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


R, Z, N = "torch.sigmoid(a_r + h @ U_r.T)", "torch.sigmoid(a_z + h @ U_z.T)", "torch.tanh(a_n + (r * h) @ U.T)"
LINE, APPEND, ASK = (
    "(1 - z) * h + z * n",
    "        outputs.append(h)\n",
    "torch.autograd.grad(output, leaves, d_output)",
)

LAYER_MISTAKES = (
    _mistake("z-keeps-the-state", (LINE, "z * h + (1 - z) * n")),
    _mistake("reset-after", (N, "torch.tanh(a_n + r * (h @ U.T))")),
    _mistake("reset-missing", (N, "torch.tanh(a_n + h @ U.T)")),
    _mistake("rows-z-first", ("a_r, a_z, a_n =", "a_z, a_r, a_n ="), ("U_r, U_z, U =", "U_z, U_r, U =")),
    _mistake(
        "recurrent-transposed",
        (R, "torch.sigmoid(a_r + h @ U_r)"),
        (Z, "torch.sigmoid(a_z + h @ U_z)"),
        (N, "torch.tanh(a_n + (r * h) @ U)"),
    ),
    _mistake("first-state-ignored", ("    outputs = []\n", "    outputs = []\n    h = 0 * h\n")),
    _mistake("state-not-carried", ("for x_t in x:\n", "for x_t in x:\n        h = leaves[1]\n")),
    _mistake(
        "output-before-update",
        (APPEND + "    output =", "    output ="),
        ("for x_t in x:\n", "for x_t in x:\n        outputs.append(h)\n"),
        (ASK, "torch.autograd.grad(output, leaves, d_output, materialize_grads=True)"),
    ),
    _mistake("candidate-sigmoid", (N, "torch.sigmoid(a_n + (r * h) @ U.T)")),
    _mistake("detached-between-steps", (APPEND, APPEND + "        h = h.detach()\n")),
    _mistake("candidate-off-the-tape", (N, N + ".detach()")),
    _mistake("reset-off-the-tape", (R, R + ".detach()")),
    _mistake("gates-off-the-tape", (R, R + ".detach()"), (Z, Z + ".detach()")),
    _mistake("sent-back-ignored", (ASK, "torch.autograd.grad(output.sum(), leaves)")),
    _mistake("mean-of-outputs", (ASK, "torch.autograd.grad(output.mean(), leaves)")),
    _mistake("last-output-only", (ASK, "torch.autograd.grad(output[-1], leaves, d_output[-1])")),
    _mistake("weighted-by-output", (ASK, "torch.autograd.grad(output, leaves, d_output * output)")),
    _mistake("gradients-add-up", (ASK, "[2 * g for g in torch.autograd.grad(output, leaves, d_output)]")),
)

FORWARD, REVERSE = "output[lengths - 1, torch.arange(B), :H]", "output[0, :, H:]"
JOIN = "torch.cat([forward, reverse], dim=1)"

SUMMARY_MISTAKES = (
    _mistake("both-at-last-frame", (REVERSE, "output[lengths - 1, torch.arange(B), H:]")),
    _mistake("output-minus-one", (FORWARD, "output[-1, :, :H]"), (REVERSE, "output[-1, :, H:]")),
    _mistake("forward-at-padded-end", (FORWARD, "output[-1, :, :H]")),
    _mistake("reverse-at-padded-end", (REVERSE, "output[-1, :, H:]")),
    _mistake("both-at-first-frame", (FORWARD, "output[0, :, :H]")),
    _mistake("ends-exchanged", (FORWARD, "output[0, :, :H]"), (REVERSE, "output[lengths - 1, torch.arange(B), H:]")),
    _mistake("halves-exchanged", (JOIN, "torch.cat([reverse, forward], dim=1)")),
    _mistake("one-frame-early", (FORWARD, "output[lengths - 2, torch.arange(B), :H]")),
    _mistake("one-frame-late", (FORWARD, "output[lengths.clamp(max=T - 1), torch.arange(B), :H]")),
    _mistake("longest-for-all", (FORWARD, "output[lengths.max() - 1, :, :H]")),
    _mistake("mean-over-time", (JOIN, "output.mean(dim=0)")),
    _mistake("packed-order", (JOIN, JOIN + "[torch.argsort(-lengths, stable=True)]")),
    _mistake("time-and-batch", (FORWARD, "output[torch.arange(B), lengths - 1, :H]")),
    _mistake("halves-added", (JOIN, "forward + reverse")),
)

COUNT_MISTAKES = (
    _valued("upper-reads-one-direction", "6*H*(H + I + 1) + (N - 1)*6*H*(2*H + 1)"),
    _valued("one-direction", "3*H*(H + I + 1) + (N - 1)*3*H*(3*H + 1)"),
    _valued("two-biases", "6*H*(H + I + 2) + (N - 1)*6*H*(3*H + 2)"),
    _valued("biases-missing", "6*H*(H + I) + (N - 1)*6*H*3*H"),
    _valued("layers-alike", "N*6*H*(H + I + 1)"),
    _valued("one-layer-too-many", "6*H*(H + I + 1) + N*6*H*(3*H + 1)"),
    _valued("four-blocks", "8*H*(H + I + 1) + (N - 1)*8*H*(3*H + 1)"),
    _valued("two-blocks", "4*H*(H + I + 1) + (N - 1)*4*H*(3*H + 1)"),
)

D_Z, D_N, D_H = "d_h_t * (n - h_prev)", "d_n = d_h_t * z", "d_h_prev = d_h_t * (1 - z)"
D_A_Z, D_A_N, RETURN = "d_z * z * (1 - z)", "d_n * (1 - n**2)", "return d_a_z, d_a_n, d_h_prev"

BLEND_MISTAKES = (
    _mistake("slope-of-sigmoid-missing", (D_A_Z, "d_z")),
    _mistake("slope-of-tanh-missing", (D_A_N, "d_n")),
    _mistake("sign-of-d-z", (D_Z, "d_h_t * (h_prev - n)")),
    _mistake("copy-forgotten-in-d-z", (D_Z, "d_h_t * n")),
    _mistake("candidate-forgotten-in-d-z", (D_Z, "-d_h_t * h_prev")),
    _mistake("weights-exchanged", (D_N, "d_n = d_h_t * (1 - z)"), (D_H, "d_h_prev = d_h_t * z")),
    _mistake("sent-back-missing", (D_Z, "n - h_prev"), (D_N, "d_n = z"), (D_H, "d_h_prev = 1 - z")),
    _mistake("slope-unsquared", (D_A_N, "d_n * (1 - n)")),
    _mistake("tanh-twice", (D_A_N, "d_n * (1 - torch.tanh(n) ** 2)")),
    _mistake("sigmoid-twice", (D_A_Z, "d_z * torch.sigmoid(z) * (1 - torch.sigmoid(z))")),
    _mistake("slopes-exchanged", (D_A_Z, "d_z * (1 - z**2)"), (D_A_N, "d_n * n * (1 - n)")),
    _mistake("direct-path-missing", (D_H, "d_h_prev = 0 * d_h_t")),
    _mistake("direct-path-unweighted", (D_H, "d_h_prev = 1 * d_h_t")),
    _mistake("order-of-arguments", (RETURN, "return d_h_prev, d_a_z, d_a_n")),
    _mistake("batch-mean", (RETURN, "return d_a_z / len(z), d_a_n / len(z), d_h_prev / len(z)")),
)


# ------------------------------------------------------------------------------------------- questions

LAYER = FunctionQuestion(
    id="10.1",
    name="gru_gradients",
    title="A layer that autograd can follow",
    signature="gru_gradients(x, h_0, weight_ih, weight_hh, bias_ih, d_output) "
    "-> output, d_x, d_h_0, d_weight_ih, d_weight_hh, d_bias_ih",
    equation=r"\begin{aligned} r_t &= \sigma(V_r x_t + U_r h_{t-1} + b_r), & z_t &= "
    r"\sigma(V_z x_t + U_z h_{t-1} + b_z), \\ "
    r"n_t &= \tanh\bigl(V x_t + U (r_t \odot h_{t-1}) + b\bigr), & h_t &= (1 - z_t) \odot h_{t-1} + z_t \odot n_t , "
    r"\end{aligned}",
    section=f"{CHAPTER}#{STEP_1}",
    returns=("output", "d_x", "d_h_0", "d_weight_ih", "d_weight_hh", "d_bias_ih"),
    inputs=Inputs(LAYER_SIZES, _layer_inputs),
    oracle=_gru_gradients,
    hints=(
        "Unpack the leaves first, so that every later line works on them; weight_hh.chunk(3) gives U_r, U_z and U.",
        "Collect the states in a list and join them once with torch.stack: nothing is written into a tensor that the "
        "tape still needs.",
        "With the output of shape (T, B, H) in hand, torch.autograd.grad(output, leaves, d_output) "
        "returns five tensors "
        "in the order of leaves. No .detach(), .data, .numpy() or torch.tensor(...) may stand between "
        "leaves and output.",
    ),
    properties=(
        Property("one-step", "The output of one step is that of the equations.", 1, _one_step, _part(0)),
        Property("outputs", "The outputs of a whole sequence are those of the equations.", 1, view=_part(0)),
        Property("d-x", "d_x is the gradient in the inputs.", 1, view=_part(1)),
        Property("d-h-0", "d_h_0 is the gradient in the first state.", 1, view=_part(2)),
        Property("d-weight-ih", "d_weight_ih is the gradient in the weights of the input.", 1, view=_part(3)),
        Property("d-weight-hh", "d_weight_hh is the gradient in the weights of the state.", 2, view=_part(4)),
        Property("d-bias-ih", "d_bias_ih is the gradient in the biases.", 1, view=_part(5)),
        _unchanged(),
    ),
    mistakes=LAYER_MISTAKES,
)

SUMMARY = FunctionQuestion(
    id="10.2",
    name="summaries",
    title="The summary of a padded batch",
    signature="summaries(output, lengths) -> summary",
    equation=r"o_t = [\,\overrightarrow{h}_t,\; \overleftarrow{h}_t\,], \qquad "
    r"\overrightarrow{h}_t = \overrightarrow{F}(x_t, \overrightarrow{h}_{t-1}), \qquad "
    r"\overleftarrow{h}_t = \overleftarrow{F}(x_t, \overleftarrow{h}_{t+1})",
    section=f"{CHAPTER}#{DIRECTIONS}",
    returns=("summary",),
    inputs=Inputs(BATCH_SIZES, _batch_inputs),
    oracle=_summaries,
    hints=(
        "Draw three frames and two arrows, one to the right and one to the left. Where does each arrow end?",
        "Two index arrays of one length pick one entry for each pair: output[rows, torch.arange(B)] has the shape "
        "(B, 2H).",
        "The forward half is in row lengths - 1 of each sequence, the reverse half in row 0 of all. torch.cat(..., "
        "dim=1) puts them side by side.",
    ),
    properties=(
        Property("full-forward", "Where all sequences are full, the forward half is the forward state of the last "
                 "frame.", 1, _full, _half(0)),
        Property("full-reverse", "Where all sequences are full, the reverse half is the reverse state of the first "
                 "frame.", 1, _full, _half(1)),
        Property("padded-forward", "In a padded batch, the forward half is the forward state of each sequence's own "
                 "last frame.", 2, view=_half(0)),
        Property("padded-reverse", "In a padded batch, the reverse half is the reverse state of the first frame.",
                 1, view=_half(1)),
        _unchanged(),
    ),
    mistakes=SUMMARY_MISTAKES,
)  # fmt: skip

COUNT = ExpressionQuestion(
    id="10.3",
    name="num_parameters",
    title="How many parameters",
    equation=r"x^{(l+1)}_t = o^{(l)}_t = [\,\overrightarrow{h}^{(l)}_t,\; \overleftarrow{h}^{(l)}_t\,]",
    section=f"{CHAPTER}#{DIRECTIONS}",
    points=2,
    expected="6*H*(H + I + 1) + (N - 1)*6*H*(3*H + 1)",
    symbols={"I": "inputs of the first layer", "H": "units of each direction", "N": "layers"},
    ranges={"I": (1, 9), "H": (1, 9), "N": (1, 9)},
    hints=(
        "One layer in one direction that reads K inputs: 3H rows of H + K + 1 numbers.",
        "The first layer reads I numbers. How many columns does its output have, with both directions side by side?",
        "Twice 3H (H + I + 1) for the first layer, and for each of the N - 1 others the same with 2H in "
        "the place of I.",
    ),
    mistakes=COUNT_MISTAKES,
)


def _wrong(letter: str, text: str, mistake_id: str) -> Option:
    _, why, anchor = TEXTS[mistake_id]
    return Option(letter, text, why, mistake=mistake_id, section=f"{CHAPTER}#{anchor}")


EVIDENCE = ChoiceQuestion(
    id="10.4",
    name="convincing",
    title="Is the backward right?",
    equation=r"\mathrm d_v = \Bigl(\frac{\partial\, \text{output}}{\partial v}\Bigr)^{\!\mathsf T} "
    r"\mathrm d_{\text{output}}",
    section=f"{CHAPTER}#{STEP_3}",
    points=1,
    hints=("Which of the six could not have come out as it did if backward had left out one of its terms?",),
    options=(
        _wrong("a", "The loss has fallen in every one of 1000 gradient steps.", "falling-loss"),
        _wrong("b", "The model reaches the same test accuracy as one that was trained by autograd.", "equal-accuracy"),
        Option(
            "c",
            "gradcheck passes in float64 with T = 4, B = 2, three inputs, four units, and a random first "
            "state and random "
            "biases.",
            "It compares every entry of every gradient with differences of the forward, at a point where "
            "nothing is zero "
            "or equal and where rounding does not drown a slip.",
            right=True,
        ),
        _wrong(
            "d",
            "The outputs agree with those of a loop under autograd to twelve digits, for a hundred random inputs.",
            "values-for-gradients",
        ),
        _wrong("e", "gradcheck passes in float64 with T = 1, B = 1 and h_0 = 0.", "poor-point"),
        _wrong(
            "f",
            "The first loss of a training run agrees with that of a run under autograd to twelve digits.",
            "first-loss",
        ),
    ),
)

BLEND = FunctionQuestion(
    id="10.5",
    name="blend_backward",
    title="The backward of a Function",
    signature="blend_backward(h_prev, z, n, d_h_t) -> d_a_z, d_a_n, d_h_prev",
    equation=r"z_t = \sigma(a_z), \qquad n_t = \tanh(a_n), \qquad h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t",
    section=f"{CHAPTER}#{STEP_3}",
    returns=("d_a_z", "d_a_n", "d_h_prev"),
    inputs=Inputs(BLEND_SIZES, _blend_inputs),
    oracle=_blend_backward,
    hints=(
        "First the line itself, with z, n and h_prev as its three arguments: one slope for each. z stands in it twice.",
        "Then through the squashing functions. With their outputs in hand, the slopes are z (1 - z) and 1 - n**2.",
        "d_z = d_h_t * (n - h_prev), d_n = d_h_t * z; multiply each by its slope. The old state gets d_h_t * (1 - z).",
    ),
    properties=(
        Property("d-a-z", "d_a_z is the gradient in the pre-activation of the gate.", 2, view=_part(0)),
        Property("d-a-n", "d_a_n is the gradient in the pre-activation of the candidate.", 2, view=_part(1)),
        Property("d-h-prev", "d_h_prev is the gradient in the old state, the pre-activations held.", 1, view=_part(2)),
        _unchanged(),
    ),
    mistakes=BLEND_MISTAKES,
)

exercise = Exercise(
    id=CHAPTER,
    title="The GRU in PyTorch",
    questions=(LAYER, SUMMARY, COUNT, EVIDENCE, BLEND),
    modules=("numpy", "torch"),
)
