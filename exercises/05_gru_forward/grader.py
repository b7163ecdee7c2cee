"""Chapter 05's exercise: the GRU forward, from one gate to a batch of sequences.

Every oracle is the package itself. Inputs are drawn so that no size, bias or first state hides a mistake:
nonzero h_0 and biases, ragged lengths with 0 and T among them, and nonsense in the padding.
"""

# ruff: noqa: E741  (I is the input size, as in the book)

from __future__ import annotations

from typing import Any

import numpy as np

from gru_book import GRUParams, init_params
from gru_book.grading.spec import (
    UNCHANGED,
    Args,
    ChoiceQuestion,
    Exercise,
    FunctionQuestion,
    Inputs,
    Mistake,
    NumberQuestion,
    Option,
    Property,
)
from gru_book.numpy_backend import gru, gru_cell
from gru_book.numpy_backend.activations import sigmoid, tanh
from gru_book.numpy_backend.cell import input_share, step_forward
from gru_book.numpy_backend.gates import split_gates, split_rows

Array = np.ndarray[Any, Any]
CHAPTER = "05_gru_forward"

OPEN, SHUT = 50.0, -50.0
"""Biases that push a gate to 1 and to 0 whatever the other numbers say."""

NONSENSE = 50.0
"""What stands in the padding: finite, and far from any input."""

STEP_SIZES = {"B": (1, 3), "I": (1, 3), "H": (1, 4)}
SEQUENCE_SIZES = {"I": (1, 2), "B": (1, 3), "H": (1, 4), "T": (1, 6)}
"""I first: it leaves B = 3 to adversarial inputs, enough for a first length that is neither longest nor shortest."""


# ---------------------------------------------------------------------------------------------- inputs


def _gate(rng: np.random.Generator, H: int, I: int) -> tuple[Array, Array]:
    """A weight (H, H+I) and a bias (H,): large enough to show every slip, too small to saturate a gate."""
    return rng.normal(scale=0.8, size=(H, H + I)), rng.normal(size=H)


def _reset_inputs(rng: np.random.Generator, B: int, I: int, H: int) -> Args:
    W_r, b_r = _gate(rng, H, I)
    return {"W_r": W_r, "b_r": b_r, "h_prev": rng.normal(size=(B, H)), "x_t": rng.normal(size=(B, I))}


def _candidate_inputs(rng: np.random.Generator, B: int, I: int, H: int) -> Args:
    (W_z, b_z), (W, b) = (_gate(rng, H, I) for _ in range(2))
    r_t = rng.uniform(0.1, 0.9, size=(B, H))
    return {"W_z": W_z, "b_z": b_z, "W": W, "b": b,
            "r_t": r_t, "h_prev": rng.normal(size=(B, H)), "x_t": rng.normal(size=(B, I))}  # fmt: skip


def _weights(rng: np.random.Generator, H: int, I: int) -> Args:
    (W_r, b_r), (W_z, b_z), (W, b) = (_gate(rng, H, I) for _ in range(3))
    return {"W_r": W_r, "b_r": b_r, "W_z": W_z, "b_z": b_z, "W": W, "b": b}


def _step_inputs(rng: np.random.Generator, B: int, I: int, H: int) -> Args:
    return {**_weights(rng, H, I), "h_prev": rng.normal(size=(B, H)), "x_t": rng.normal(size=(B, I))}


def _sequence_inputs(rng: np.random.Generator, B: int, I: int, H: int, T: int) -> Args:
    return {**_weights(rng, H, I), "x": rng.normal(size=(T, B, I)), "h_0": rng.normal(size=(B, H)),
            "lengths": _ragged(rng, B, T)}  # fmt: skip


def _ragged(rng: np.random.Generator, B: int, T: int) -> Array:
    """Lengths (B,) in 0..T, different where they can be; at B = 3 the first is neither the longest nor the shortest."""
    lengths = np.sort(rng.choice(T, size=B, replace=T < B))
    if rng.random() < 1 / 6:
        lengths[-1] = T
    order = rng.permutation(B)
    if B > 2:
        order = np.concatenate([[1], order[order != 1]])
    return lengths[order].astype(np.int64)


# -------------------------------------------------------------------- the cases that properties are about


def _with(**values: float) -> Any:
    """A `given` that fills the named arguments with one number each."""
    return lambda args: {**args, **{name: np.full_like(args[name], value) for name, value in values.items()}}


def _full(args: Args) -> Args:
    return {**args, "lengths": np.full_like(args["lengths"], len(args["x"]))}


def _full_from_zero(args: Args) -> Args:
    return {**_full(args), "h_0": np.zeros_like(args["h_0"])}


def _padded(args: Args) -> Args:
    """Puts nonsense past each length."""
    valid = (np.arange(len(args["x"]))[:, None] < args["lengths"])[..., None]
    return {**args, "x": np.where(valid, args["x"], NONSENSE)}


def _first(args: Args, output: Any) -> Any:
    return output[0]


def _second(args: Args, output: Any) -> Any:
    return output[1]


def _unchanged(points: float, given: Any = lambda args: args) -> Property:
    return Property(UNCHANGED, "The arguments are left as they were: nothing is changed in place.", points, given)


# --------------------------------------------------------------------------------------------- oracles


def _reset_gate(W_r: Array, b_r: Array, h_prev: Array, x_t: Array) -> Array:
    params = GRUParams.from_concatenated(W_r, b_r, W_r, b_r, W_r, b_r)
    return step_forward(params, input_share(params, x_t), h_prev)[1].r


def _update_and_candidate(
    W_z: Array, b_z: Array, W: Array, b: Array, r_t: Array, h_prev: Array, x_t: Array
) -> tuple[Array, Array]:
    params = GRUParams.from_concatenated(W_z, b_z, W_z, b_z, W, b)
    _, a_xz, a_xn = split_gates(input_share(params, x_t))
    _, U_z, U_n = split_rows(params.weight_hh)
    return sigmoid(a_xz + h_prev @ U_z.T), tanh(a_xn + (r_t * h_prev) @ U_n.T)


def _step(W_r: Array, b_r: Array, W_z: Array, b_z: Array, W: Array, b: Array, h_prev: Array, x_t: Array) -> Array:
    return gru_cell(GRUParams.from_concatenated(W_r, b_r, W_z, b_z, W, b), x_t, h_prev)


def _sequence(
    W_r: Array, b_r: Array, W_z: Array, b_z: Array, W: Array, b: Array, x: Array, h_0: Array, lengths: Array
) -> tuple[Array, Array]:
    return gru(GRUParams.from_concatenated(W_r, b_r, W_z, b_z, W, b), x, h_0, lengths=lengths)


# -------------------------------------------------------------------------------------------- mistakes
# id: (title, why and how to see it, heading of the chapter). One text serves every question that can make it.

TEXTS = {
    # The product W · [h, x]
    "input-before-state": (
        "The input stands before the state",
        "The equations multiply W with [h_prev, x_t], so the first H columns of W belong to the state. [x_t, h_prev] "
        "is just as long and raises no error, but each weight meets a number that is not its own. "
        "To see it, set x_t to 0: only the first H columns may then matter.",
        "shapes-and-parameters",
    ),
    "weight-not-transposed": (
        "The weight is not transposed",
        "W has a row for each unit, (H, H+I), and a batch has a row for each sequence, (B, H+I). In hx @ W the inner "
        "sizes H+I and H differ, so NumPy refuses; in hx @ W.T both are H+I, and the result is (B, H).",
        "shapes-and-parameters",
    ),
    "weight-on-the-left": (
        "The weight stands on the left of the batch",
        "The equation's W · v has v as one column. Here the vectors lie in the rows of a batch, (B, H+I), so W @ hx "
        "pairs H+I with B, which fits only by chance. Turned round as a whole, the product is hx @ W.T.",
        "shapes-and-parameters",
    ),
    "recurrent-transposed": (
        "The recurrent part of W is transposed",
        "Row i of W holds the weights of unit i, also in its first H columns; a batch that lies in rows needs "
        "h_prev @ U.T with U = W[:, :H]. U is square, so the transposed product raises no error. "
        "To see it, take H = 2 and let one off-diagonal entry of U be the only number that is not 0.",
        "shapes-and-parameters",
    ),
    "bias-missing": (
        "The bias is missing",
        "Without b a gate is 0.5, and the candidate 0, whenever state and input are 0, and no training can change "
        "that. To see it, set h_prev and x_t to 0: the gate must be sigmoid(b).",
        "shapes-and-parameters",
    ),
    "result-transposed": (
        "The result lies on its side: (H, B) instead of (B, H)",
        "The equation's vectors are columns, and W_r @ v works for a batch in columns too; but the arrays here "
        "hold one sequence a row, and so must the result. "
        "To see it, compare r_t.shape with h_prev.shape for B = 1 and H = 2.",
        "shapes-and-parameters",
    ),
    # The gates
    "gate-tanh": (
        "A gate is squashed by tanh instead of sigmoid",
        "A gate says how much to let through, from 0 (shut) to 1 (open). tanh reaches down to -1, so the gate "
        "could flip signs. To see it, make the pre-activation very negative: the gate must go to 0, not to -1.",
        "the-reset-gate",
    ),
    "gate-linear": (
        "A gate without its sigmoid",
        "The weighted sum alone can be any number; a gate must lie between 0 and 1. "
        "To see it, look for entries of your result outside (0, 1).",
        "the-reset-gate",
    ),
    "gate-inverted": (
        "The gate is turned round: 1 - gate",
        "sigmoid(-a) equals 1 - sigmoid(a), so a minus sign in the exponent that is lost or doubled opens the gate "
        "where it should shut. To see it, make the bias large: the gate must go to 1.",
        "the-reset-gate",
    ),
    "gates-inverted": (
        "Both gates are turned round: 1 - gate",
        "sigmoid(-a) equals 1 - sigmoid(a), so a minus sign in the exponent that is lost or doubled opens each gate "
        "where it should shut. To see it, make b_z very negative: the state must be copied.",
        "the-reset-gate",
    ),
    "sigmoid-scaled": (
        "The sigmoid's argument is doubled",
        "0.5 * (1 + tanh(a)) is sigmoid(2 a); the identity is sigmoid(a) = 0.5 * (1 + tanh(a / 2)). "
        "To see it, compute sigmoid(1): it is 0.731, and 0.881 with the slip.",
        "the-reset-gate",
    ),
    "hard-sigmoid": (
        "The hard sigmoid in place of the sigmoid",
        "clip(0.2 a + 0.5, 0, 1) is a cheap approximation that older Keras versions had as their default. It is "
        "another function: exactly 0 below a = -2.5, where the sigmoid is 0.076. To see it, compare both at a = 1.",
        "the-reset-gate",
    ),
    "bias-outside-sigmoid": (
        "The bias is added after the sigmoid",
        "b_r belongs to the pre-activation, inside the sigmoid: outside it the gate leaves the range 0 to 1. "
        "To see it, count the brackets, or make b_r = 10 and look at the result.",
        "the-reset-gate",
    ),
    "gate-softmax": (
        "softmax instead of sigmoid",
        "softmax makes the H entries of a row sum to 1, so the units compete; each unit of a GRU has a gate of its "
        "own, which knows nothing of the others. To see it, sum a row of your result.",
        "the-reset-gate",
    ),
    "gate-ignores-state": (
        "The gate does not look at the state",
        "The gate reads both h_prev and x_t. A gate of the input alone belongs to another cell, the minGRU. "
        "To see it, set x_t to 0 and change h_prev: the gate must change.",
        "the-reset-gate",
    ),
    "gate-ignores-input": (
        "The gate does not look at the input",
        "The gate reads both h_prev and x_t: the last I columns of W_r are the input's. "
        "To see it, set h_prev to 0 and change x_t: the gate must change.",
        "the-reset-gate",
    ),
    # The update gate
    "update-gate-inverted": (
        "The update gate is turned round: 1 - z",
        "In this book z_t weights the candidate; PyTorch and Keras let z weight the old state, which is our gate with "
        "W_z and b_z negated. To see it, make b_z large: z_t must go to 1.",
        "the-update-gate",
    ),
    "update-bias-missing": (
        "The bias b_z is missing",
        "Without b_z the update gate is 0.5 whenever state and input are 0. "
        "To see it, set h_prev and x_t to 0: z_t must be sigmoid(b_z).",
        "the-update-gate",
    ),
    "update-gate-reads-reset-state": (
        "The update gate reads the reset state",
        "Only the candidate sees r_t * h_prev; the update gate reads h_prev as it is. One concatenated array cannot "
        "serve both. To see it, set r_t to 0: z_t must not change.",
        "the-update-gate",
    ),
    "update-gate-reads-candidate": (
        "The update gate reads the candidate instead of the old state",
        "All gates of a step read the state before the step, h_prev. Here z_t was computed from the new values. "
        "To see it, change W: z_t must not change.",
        "the-update-gate",
    ),
    # The candidate
    "no-reset": (
        "The reset gate is not used",
        "The candidate sees r_t * h_prev, not h_prev: that is the only place where the reset gate acts. "
        "To see it, shut the gate (r_t = 0): the candidate must then depend on the input alone.",
        "the-candidate",
    ),
    "reset-after": (
        "The reset gate acts after the product instead of before",
        "Here r_t scales the state first, W · [r_t * h_prev, x_t]. PyTorch, and Keras by default, scale the "
        "product, r_t * (U h_prev), which is a different function as soon as H > 1. "
        "To see it, take H = 2 with r_t = [0, 1]: no unit may then see h_prev[0].",
        "the-candidate",
    ),
    "reset-after-with-bias": (
        "The reset gate scales the product and the bias",
        "r_t * (U h_prev + b) is PyTorch's candidate; here r_t scales the state alone, before the product, and b is "
        "always added in full. To see it, shut the gate (r_t = 0) with x_t = 0: the candidate must be tanh(b).",
        "the-candidate",
    ),
    "reset-on-input": (
        "The reset gate acts on the input's share instead of the state's",
        "The gate resets memory, so it belongs to h_prev; the input always comes through. "
        "To see it, shut the gate (r_t = 0): the candidate must be what the input alone makes of it.",
        "the-candidate",
    ),
    "reset-on-everything": (
        "The reset gate acts on the input too",
        "r_t scales h_prev alone; the input always comes through in full. "
        "To see it, shut the gate (r_t = 0): the candidate must still change with x_t.",
        "the-candidate",
    ),
    "reset-inverted": (
        "The reset gate is turned round: 1 - r",
        "r_t = 1 lets the state through and r_t = 0 hides it: the candidate reads r_t * h_prev. "
        "To see it, set r_t to 0 and change h_prev: the candidate must not change.",
        "the-candidate",
    ),
    "reset-outside-tanh": (
        "The reset gate scales the finished candidate",
        "r_t acts on h_prev before the product and the tanh. Outside it scales the input's share too, and keeps "
        "the state's. To see it, shut the gate (r_t = 0): the candidate must be tanh(W · [0, x_t] + b), not 0.",
        "the-candidate",
    ),
    "update-for-reset": (
        "The update gate does the reset gate's work",
        "The candidate reads r_t * h_prev; z_t comes only afterwards, in the new state. "
        "To see it, change W_r: the result must change.",
        "the-candidate",
    ),
    "candidate-bias-missing": (
        "The candidate's bias b is missing",
        "Without b the candidate is 0 whenever state and input are 0. "
        "To see it, set h_prev and x_t to 0: the candidate must be tanh(b).",
        "the-candidate",
    ),
    "candidate-sigmoid": (
        "The candidate is squashed by sigmoid instead of tanh",
        "The candidate is content, not a gate: it must be able to become negative, so it lies between -1 and 1. "
        "With sigmoid a state that starts at 0 can never become negative.",
        "the-candidate",
    ),
    "candidate-relu": (
        "The candidate is a relu instead of tanh",
        "relu cuts off what is negative and has no upper bound, so a state could grow without end; tanh keeps it "
        "between -1 and 1. To see it, look for zeros and for entries above 1.",
        "the-candidate",
    ),
    "candidate-linear": (
        "The candidate has no tanh",
        "Without tanh the candidate has no bounds, and a state that is fed back can grow without end. "
        "To see it, look for entries outside -1 to 1.",
        "the-candidate",
    ),
    "weights-swapped": (
        "W_z and W have changed places",
        "W_z and b_z make the update gate, W and b the candidate; the shapes are equal, so nothing complains. "
        "To see it, set W_z and b_z to 0: z_t must be 0.5.",
        "shapes-and-parameters",
    ),
    "outputs-swapped": (
        "The two results are returned in the wrong order",
        "The function returns (z_t, n_t), the gate first. "
        "To see it, look for negative numbers in the first array: a gate has none.",
        "the-code",
    ),
    # The new state
    "update-gate-swapped": (
        "z and 1 - z have changed places",
        "In this book z_t weights the candidate, h_t = (1 - z_t) * h_prev + z_t * n_t. PyTorch and Keras let z weight "
        "the old state. To see it, shut the update gate (b_z very negative): the state must be copied.",
        "the-new-state",
    ),
    "gates-swapped": (
        "The reset and the update gate have changed places",
        "W_r and b_r make the gate that scales h_prev in the candidate, W_z and b_z the one that mixes. Libraries "
        "stack the blocks in different orders (r, z in PyTorch; z, r in Keras), and the shapes never complain. "
        "To see it, make b_z very negative: the state must be copied.",
        "what-each-gate-can-do",
    ),
    "reset-for-update": (
        "The reset gate mixes the new state",
        "The mix of old state and candidate is weighted by z_t; r_t has done its work inside the candidate. "
        "To see it, change W_z: the result must change.",
        "the-new-state",
    ),
    "leak-missing": (
        "The old state is not scaled by 1 - z",
        "h_prev + z_t * n_t only ever adds, so the state forgets nothing and grows from step to step. The two weights "
        "must sum to 1. To see it, open the update gate (z_t = 1): the old state must be gone.",
        "the-new-state",
    ),
    "copy-missing": (
        "The old state's share is missing",
        "z_t * n_t alone drops (1 - z_t) * h_prev, the direct path by which a GRU remembers. "
        "To see it, shut the update gate (z_t = 0): the result must be h_prev, not 0.",
        "the-new-state",
    ),
    "both-weighted-z": (
        "Both terms are weighted by z",
        "The old state takes 1 - z_t, so that the two weights sum to 1; z_t * (h_prev + n_t) is no mean of the two. "
        "To see it, shut the update gate (z_t = 0): the result must be h_prev, not 0.",
        "the-new-state",
    ),
    "reset-as-forget-gate": (
        "r weights the old state, like a forget gate",
        "r_t * h_prev + z_t * n_t is an LSTM's idea, with two independent gates. A GRU ties them: what z_t takes from "
        "the candidate, 1 - z_t takes from the old state. To see it, change W_r with z_t = 0: nothing may change.",
        "the-new-state",
    ),
    "state-is-candidate": (
        "The candidate is returned as the new state",
        "The candidate is a proposal; z_t decides how much of it replaces the old state. "
        "To see it, shut the update gate (z_t = 0): the result must be h_prev.",
        "the-new-state",
    ),
    "tanh-on-state": (
        "A second tanh on the new state",
        "The mix already lies between the old state and the candidate; another tanh shrinks what should be kept, "
        "at every step. To see it, shut the update gate (z_t = 0): the result must be h_prev exactly.",
        "the-new-state",
    ),
    "reset-reaches-copy": (
        "The reset gate also scales the copy of the old state",
        "(1 - z_t) * h_prev takes the state as it was; r_t * h_prev is for the candidate alone. It often comes from "
        "h_prev *= r_t, which overwrites what is needed later. "
        "To see it, shut both gates: the result must be h_prev, not 0.",
        "the-new-state",
    ),
    "state-overwritten-while-read": (
        "The state is overwritten while it is still read",
        "All units of a step read the same old state. A loop that writes unit 0 into the array from which unit 1 is "
        "then computed mixes two steps. To see it, take H = 2: the order of the units must not matter.",
        "the-new-state",
    ),
    # A whole sequence
    "h0-ignored": (
        "h_0 is ignored",
        "A sequence starts from the state that it is given, h_0; zeros are only a special case. "
        "To see it, compare two runs with different h_0: the first output must differ.",
        "a-whole-sequence",
    ),
    "state-not-carried": (
        "The state is not carried from step to step",
        "Every step starts from h_0, so no step knows of the one before. "
        "To see it, change x[0]: output[1] must change too.",
        "a-whole-sequence",
    ),
    "time-reversed": (
        "Time runs backwards",
        "The state after step t depends on the inputs up to t, never on later ones. "
        "To see it, change the last input: output[0] must not change.",
        "a-whole-sequence",
    ),
    "emitted-before-update": (
        "The output is stored before the update",
        "output[t] is the state after step t, which has already seen x[t]. Stored too early it is one step late, and "
        "output[0] is h_0. To see it, take T = 1: output[0] and h_n must be equal.",
        "a-whole-sequence",
    ),
    "outputs-share-one-array": (
        "Every output is the last state",
        "All entries of output are one and the same array, which each step changes in place (h[...] = ...); a list "
        "keeps the array, not a copy of its numbers. To see it, compare output[0] with output[-1].",
        "a-whole-sequence",
    ),
    "batch-first-output": (
        "output has its batch and time axes exchanged",
        "Arrays are time-major here: output is (T, B, H). Stacking the T states along axis 1 makes it (B, T, H). "
        "To see it, compare output.shape with x.shape.",
        "a-whole-sequence",
    ),
    "axes-reshaped": (
        "reshape was used where axes should be exchanged",
        "x.reshape(B, T, I) keeps the numbers in their order in memory, so steps of different sequences are mixed; "
        "swapaxes or transpose exchanges axes. "
        "To see it, change one sequence of a batch: the others must not change.",
        "a-whole-sequence",
    ),
    "h0-in-output": (
        "h_0 is part of the output",
        "output holds the T states after the steps, not the one before them. "
        "To see it, look at len(output): it must be T, not T + 1.",
        "a-whole-sequence",
    ),
    "layer-axis": (
        "h_n has an axis too many",
        "h_n is (B, H) here. PyTorch puts an axis for its layers in front, (1, B, H). "
        "To see it, compare h_n.shape with h_0.shape.",
        "a-whole-sequence",
    ),
    # Padding and lengths
    "lengths-ignored": (
        "The lengths are not used",
        "Past its length a sequence has ended: its output is 0 and its state is held. "
        "To see it, set lengths to 0: output must be 0 and h_n must be h_0.",
        "padding-and-lengths",
    ),
    "padding-updates-state": (
        "The padding changes the state",
        "output is masked, but the state runs on through the padding, so h_n is what the nonsense there made of it. "
        "To see it, change the numbers in the padding: h_n must not change.",
        "padding-and-lengths",
    ),
    "state-lost-in-padding": (
        "h_n is 0 for a sequence that has ended",
        "Past its length a state is held, not set to 0; the last row of the masked output, output[-1], is 0 there too. "
        "To see it, take lengths = [1] with T = 2: h_n must be output[0].",
        "padding-and-lengths",
    ),
    "output-repeats-held-state": (
        "output repeats the held state in the padding",
        "The state is held past a length, but output is 0 there, so that a sum over output counts real steps only. "
        "To see it, set lengths to 0: output must be 0 everywhere.",
        "padding-and-lengths",
    ),
    "output-of-padding": (
        "output holds what was computed from the padding",
        "h_n is right, but past a length output must be 0, and here it is a step that reads padding. "
        "To see it, change the numbers in the padding: output must not change.",
        "padding-and-lengths",
    ),
    "mask-late-by-one": (
        "The mask ends one step too late",
        "The array counts steps from 0: the steps of a sequence of length L are t = 0 to L - 1, so t <= length takes "
        "one step of padding. To see it, set lengths to 0: no step may be taken.",
        "padding-and-lengths",
    ),
    "mask-early-by-one": (
        "The mask ends one step too early",
        "The array counts steps from 0: the steps of a sequence of length L are t = 0 to L - 1, and all of them count. "
        "To see it, take lengths = [1] with T = 1: one step must be taken.",
        "padding-and-lengths",
    ),
    "length-zero-forgotten": (
        "A sequence of length 0 does not give back its h_0",
        "output[length - 1] is the last real step, but for length 0 the index -1 means the last row of the array. "
        "Its h_n must be h_0. To see it, set lengths to 0.",
        "padding-and-lengths",
    ),
    "first-length-for-all": (
        "The first sequence's length is used for all",
        "Each sequence has a length of its own, lengths[b]. "
        "To see it, take lengths = [1, 2]: the second sequence has one step more.",
        "padding-and-lengths",
    ),
    "longest-length-for-all": (
        "All sequences run as long as the longest",
        "Stopping the loop at max(lengths) saves work, but the shorter sequences have ended before: each needs its "
        "own mask. To see it, take lengths = [1, 2]: the first sequence must stop after one step.",
        "padding-and-lengths",
    ),
    "shortest-length-for-all": (
        "All sequences stop with the shortest",
        "A sequence that ends early must not end the others: each needs its own mask. "
        "To see it, take lengths = [1, 2]: the second sequence must go on.",
        "padding-and-lengths",
    ),
    "padding-in-front": (
        "The padding is taken to stand in front",
        "Sequences start at t = 0 and are padded at their end; some libraries pad in front. "
        "To see it, take lengths = [1] with T = 2: x[0] counts, x[1] does not.",
        "padding-and-lengths",
    ),
    "padding-zeroed-not-skipped": (
        "The padding is replaced by zeros, but its steps are still taken",
        "A step with x_t = 0 is a step: gates and candidate still act on the state through h_prev and the biases. "
        "To see it, set lengths to 0: h_n must be h_0 exactly.",
        "padding-and-lengths",
    ),
}  # fmt: skip


def _mistake(name: str, *patch: tuple[str, str]) -> Mistake:
    title, why, anchor = TEXTS[name]
    return Mistake(name, title, why, f"{CHAPTER}#{anchor}", patch=patch)


def _transposed(W: str) -> tuple[str, str]:
    """A patch that transposes the recurrent part of a weight."""
    return f"{W}.T", f"np.concatenate([{W}[:, :len({W})].T, {W}[:, len({W}):]], axis=1).T"


STATE_FIRST = ("[h_prev, x_t]", "[x_t, h_prev]")
RESET_STATE_FIRST = ("[r_t * h_prev, x_t]", "[x_t, r_t * h_prev]")
UPDATE_GATE = "sigmoid(hx @ W_z.T + b_z)"
CANDIDATE = "np.tanh(rhx @ W.T + b)"
STATE_SHARE, INPUT_SHARE = "h_prev @ W[:, :len(W)].T", "x_t @ W[:, len(W):].T"

RESET_MISTAKES = (
    _mistake("input-before-state", STATE_FIRST),
    _mistake("bias-missing", (" + b_r", "")),
    _mistake("weight-not-transposed", ("W_r.T", "W_r")),
    _mistake("weight-on-the-left", ("hx @ W_r.T", "W_r @ hx")),
    _mistake("recurrent-transposed", _transposed("W_r")),
    _mistake("result-transposed", ("W_r.T + b_r)", "W_r.T + b_r).T")),
    _mistake("gate-tanh", ("sigmoid(hx", "np.tanh(hx")),
    _mistake("gate-linear", ("sigmoid(hx", "(hx")),
    _mistake("gate-inverted", ("sigmoid(hx", "1 - sigmoid(hx")),
    _mistake("sigmoid-scaled", ("hx @ W_r.T + b_r", "2 * (hx @ W_r.T + b_r)")),
    _mistake("bias-outside-sigmoid", ("W_r.T + b_r)", "W_r.T) + b_r")),
    _mistake("hard-sigmoid", ("sigmoid(hx @ W_r.T + b_r)", "np.clip(0.2 * (hx @ W_r.T + b_r) + 0.5, 0, 1)")),
    _mistake(
        "gate-softmax",
        ("return sigmoid(hx @ W_r.T + b_r)", "e = np.exp(hx @ W_r.T + b_r)\n    return e / e.sum(1, keepdims=True)"),
    ),
    _mistake("gate-ignores-state", ("hx @ W_r.T", "x_t @ W_r[:, len(W_r):].T")),
    _mistake("gate-ignores-input", ("hx @ W_r.T", "h_prev @ W_r[:, :len(W_r)].T")),
)

CANDIDATE_MISTAKES = (
    _mistake("no-reset", ("r_t * h_prev", "h_prev")),
    _mistake("reset-after", ("rhx @ W.T", f"r_t * ({STATE_SHARE}) + {INPUT_SHARE}")),
    _mistake("reset-after-with-bias", ("rhx @ W.T + b)", f"r_t * ({STATE_SHARE} + b) + {INPUT_SHARE})")),
    _mistake("reset-on-input", ("rhx @ W.T", f"{STATE_SHARE} + r_t * ({INPUT_SHARE})")),
    _mistake("reset-on-everything", ("rhx @ W.T", "r_t * (hx @ W.T)")),
    _mistake("reset-inverted", ("r_t * h_prev", "(1 - r_t) * h_prev")),
    _mistake("reset-outside-tanh", (CANDIDATE, "r_t * np.tanh(hx @ W.T + b)")),
    _mistake("candidate-sigmoid", ("np.tanh(rhx", "sigmoid(rhx")),
    _mistake("candidate-relu", (CANDIDATE, "np.maximum(rhx @ W.T + b, 0)")),
    _mistake("candidate-linear", ("np.tanh(rhx", "(rhx")),
    _mistake("candidate-bias-missing", ("W.T + b)", "W.T)")),
)
"""The mistakes of the candidate; they fit the source of 05.2 and of 05.3 alike."""

UPDATE_AND_CANDIDATE_MISTAKES = (
    _mistake("input-before-state", STATE_FIRST, RESET_STATE_FIRST),
    *CANDIDATE_MISTAKES,
    _mistake("weight-not-transposed", ("W_z.T", "W_z"), ("rhx @ W.T", "rhx @ W")),
    _mistake("weight-on-the-left", ("hx @ W_z.T", "W_z @ hx"), ("rhx @ W.T", "W @ rhx")),
    _mistake("recurrent-transposed", _transposed("W_z"), _transposed("W")),
    _mistake("update-gate-reads-reset-state", ("return z_t", "return sigmoid(rhx @ W_z.T + b_z)")),
    _mistake("update-gate-inverted", (UPDATE_GATE, f"1 - {UPDATE_GATE}")),
    _mistake("update-bias-missing", (" + b_z", "")),
    _mistake("gate-tanh", ("sigmoid(hx", "np.tanh(hx")),
    _mistake("sigmoid-scaled", ("hx @ W_z.T + b_z", "2 * (hx @ W_z.T + b_z)")),
    _mistake("weights-swapped", (UPDATE_GATE, "sigmoid(hx @ W.T + b)"), (CANDIDATE, "np.tanh(rhx @ W_z.T + b_z)")),
    _mistake("outputs-swapped", ("return z_t, n_t", "return n_t, z_t")),
)


def _state_overwritten_while_read(
    W_r: Array, b_r: Array, W_z: Array, b_z: Array, W: Array, b: Array, h_prev: Array, x_t: Array
) -> Array:
    """Reset and r * h for all units first; then unit by unit, each update gate reading what is already new."""
    hx = np.concatenate([h_prev, x_t], axis=1)
    reset = sigmoid(hx @ W_r.T + b_r) * h_prev
    n_t = np.tanh(np.concatenate([reset, x_t], axis=1) @ W.T + b)
    h = h_prev.copy()
    for i in range(h.shape[1]):
        z_i = sigmoid(np.concatenate([h, x_t], axis=1) @ W_z[i] + b_z[i])
        h[:, i] = (1 - z_i) * h[:, i] + z_i * n_t[:, i]
    return h


MIX = "(1 - z_t) * h_prev + z_t * n_t"
OVERWRITTEN = TEXTS["state-overwritten-while-read"]

STEP_MISTAKES = (
    _mistake("update-gate-swapped", (MIX, "z_t * h_prev + (1 - z_t) * n_t")),
    _mistake(
        "gates-swapped",
        ("r_t = sigmoid(hx @ W_r.T + b_r)", "r_t = sigmoid(hx @ W_z.T + b_z)"),
        ("z_t = sigmoid(hx @ W_z.T + b_z)", "z_t = sigmoid(hx @ W_r.T + b_r)"),
    ),
    _mistake("input-before-state", STATE_FIRST, RESET_STATE_FIRST),
    *CANDIDATE_MISTAKES,
    _mistake("weight-not-transposed", ("W_r.T", "W_r"), ("W_z.T", "W_z"), ("rhx @ W.T", "rhx @ W")),
    _mistake("weight-on-the-left", ("hx @ W_r.T", "W_r @ hx"), ("hx @ W_z.T", "W_z @ hx"), ("rhx @ W.T", "W @ rhx")),
    _mistake("recurrent-transposed", _transposed("W_r"), _transposed("W_z"), _transposed("W")),
    _mistake("bias-missing", (" + b_r", ""), (" + b_z", ""), ("W.T + b)", "W.T)")),
    _mistake("gate-tanh", ("r_t = sigmoid", "r_t = np.tanh"), ("z_t = sigmoid", "z_t = np.tanh")),
    _mistake("gates-inverted", ("r_t = sigmoid", "r_t = 1 - sigmoid"), ("z_t = sigmoid", "z_t = 1 - sigmoid")),
    _mistake(
        "sigmoid-scaled",
        ("hx @ W_r.T + b_r", "2 * (hx @ W_r.T + b_r)"),
        ("hx @ W_z.T + b_z", "2 * (hx @ W_z.T + b_z)"),
    ),
    _mistake("leak-missing", ("(1 - z_t) * h_prev", "h_prev")),
    _mistake("copy-missing", ("(1 - z_t) * h_prev + ", "")),
    _mistake("both-weighted-z", ("(1 - z_t) * h_prev", "z_t * h_prev")),
    _mistake("tanh-on-state", (f"return {MIX}", f"return np.tanh({MIX})")),
    _mistake("state-is-candidate", (f"return {MIX}", "return n_t")),
    _mistake("reset-reaches-copy", ("(1 - z_t) * h_prev", "(1 - z_t) * (r_t * h_prev)")),
    _mistake("update-for-reset", ("[r_t * h_prev", "[z_t * h_prev")),
    _mistake("reset-for-update", (MIX, "(1 - r_t) * h_prev + r_t * n_t")),
    _mistake("reset-as-forget-gate", ("(1 - z_t) * h_prev", "r_t * h_prev")),
    _mistake("update-gate-reads-reset-state", ("return (1", "z_t = sigmoid(rhx @ W_z.T + b_z)\n    return (1")),
    _mistake(
        "update-gate-reads-candidate",
        ("return (1", "z_t = sigmoid(np.concatenate([n_t, x_t], axis=1) @ W_z.T + b_z)\n    return (1"),
    ),
    Mistake("state-overwritten-while-read", *OVERWRITTEN[:2], f"{CHAPTER}#{OVERWRITTEN[2]}",
            function=_state_overwritten_while_read),
)  # fmt: skip

HOLD = "h = np.where(valid, h_t, h)"
EMIT = "output[t] = np.where(valid, h_t, 0.0)"
RETURN = "return output, h"

SEQUENCE_MISTAKES = (
    _mistake("h0-ignored", ("h = h_0", "h = np.zeros_like(h_0)")),
    _mistake("state-not-carried", ("W, b, h, x[t]", "W, b, h_0, x[t]")),
    _mistake("lengths-ignored", (EMIT, "output[t] = h_t"), (HOLD, "h = h_t")),
    _mistake("padding-updates-state", (HOLD, "h = h_t")),
    _mistake("state-lost-in-padding", (HOLD, "h = np.where(valid, h_t, 0.0)")),
    _mistake("output-repeats-held-state", (EMIT, "output[t] = np.where(valid, h_t, h)")),
    _mistake("output-of-padding", (EMIT, "output[t] = h_t")),
    _mistake("mask-late-by-one", ("t < lengths", "t <= lengths")),
    _mistake("mask-early-by-one", ("t < lengths", "t + 1 < lengths")),
    _mistake("length-zero-forgotten", (RETURN, "return output, output[lengths - 1, np.arange(B)]")),
    _mistake("emitted-before-update", (EMIT, "output[t] = np.where(valid, h, 0.0)")),
    _mistake("time-reversed", ("range(T)", "reversed(range(T))")),
    _mistake("batch-first-output", (RETURN, "return output.swapaxes(0, 1), h")),
    _mistake("layer-axis", (RETURN, "return output, h[None]")),
    _mistake("h0-in-output", (RETURN, "return np.concatenate([h_0[None], output]), h")),
    _mistake(
        "outputs-share-one-array",
        (RETURN, "return np.where((np.arange(T)[:, None] < lengths)[..., None], h, 0.0), h"),
    ),
    _mistake("axes-reshaped", ("h = h_0", "x = x.reshape(B, T, -1).swapaxes(0, 1)\n    h = h_0")),
    _mistake("first-length-for-all", ("t < lengths", "t < np.full(B, lengths[0])")),
    _mistake("longest-length-for-all", ("t < lengths", "t < np.full(B, lengths.max())")),
    _mistake("shortest-length-for-all", ("t < lengths", "t < np.full(B, lengths.min())")),
    _mistake("padding-in-front", ("t < lengths", "t >= T - lengths")),
    _mistake(
        "padding-zeroed-not-skipped",
        ("W, b, h, x[t]", "W, b, h, np.where(lengths[:, None] > t, x[t], 0.0)"),
        (HOLD, "h = h_t"),
    ),
)


# ------------------------------------------------------------------------------------------- questions

# ------------------------------------------------------------------------------ 05.5 and 05.6: two short ones

WHAT_Z_ONE_KEEPS = (
    Option(
        "a",
        "Nothing: the new state depends on the input alone.",
        "The candidate reads r_t * h_prev. With r_t open, another past gives another candidate, and so another state.",
        mistake="z-one-keeps-nothing",
    ),
    Option(
        "b",
        "Everything: the state is copied.",
        "That is the other end: z_t = 0 copies. In this book z weights the candidate; in PyTorch's and Keras's letters "
        "z = 1 does copy.",
        mistake="z-one-copies",
    ),
    Option(
        "c",
        "The direct copy is gone; the past still reaches the new state through the candidate, as far as r_t lets it.",
        "Right: (1 - z_t) h_prev is 0, and h_t = n_t = tanh(W · [r_t h_prev, x_t] + b), which r_t alone can blind.",
        right=True,
    ),
    Option(
        "d",
        "Whatever r_t says of it, and no more: h_t = r_t * h_prev.",
        "The reset gate does not weigh the state in the last line. It weighs what the candidate reads, in the tanh.",
        mistake="reset-weights-the-state",
    ),
)

COUNT_SIZES = (4, 6)
"""I and H in the text of 05.6."""


def _count(I: int, H: int) -> int:
    params = init_params(np.random.default_rng(0), I, H)
    return sum(array.size for array in (params.weight_ih, params.weight_hh, params.bias_ih) if array is not None)


PARAMETERS = _count(*COUNT_SIZES)
COUNT_MISTAKES = (
    Mistake("second-bias", "Two biases a line", "Some libraries have a bias for the input and one for the state. The "
            "equations have one a line: 3 H in all.", value=216),
    Mistake("bias-forgotten", "No biases", "Each of the three lines ends in + b: H numbers more a line.", value=180),
    Mistake("candidate-forgotten", "The two gates alone", "The candidate has a weight and a bias too, of the same "
            "shapes.", value=132),
    Mistake("lstm-count", "Four lines, as in an LSTM", "A GRU has three products: two gates and a candidate. The last "
            "line has no parameters.", value=264),
    Mistake("one-line", "One line alone", "This is the reset gate. The update gate and the candidate have as many.",
            value=66),
    Mistake("state-forgotten", "The state's columns forgotten", "Each weight acts on [h_prev, x_t], which has H + I "
            "entries, not I.", value=90),
    Mistake("input-forgotten", "The input's columns forgotten", "Each weight acts on [h_prev, x_t], which has H + I "
            "entries, not H.", value=126),
)  # fmt: skip


exercise = Exercise(
    id=CHAPTER,
    title="The GRU forward",
    questions=(
        FunctionQuestion(
            id="05.1",
            name="reset_gate",
            title="The reset gate",
            signature="reset_gate(W_r, b_r, h_prev, x_t) -> r_t",
            equation=r"r_t = \sigma(W_r \cdot [h_{t-1}, x_t] + b_r)",
            section=f"{CHAPTER}#the-reset-gate",
            returns=("r_t",),
            inputs=Inputs(STEP_SIZES, _reset_inputs),
            oracle=_reset_gate,
            properties=(
                Property(
                    "input-share",
                    "From an empty state, h_prev = 0, the gate reads the input and the bias: only the last I columns "
                    "of W_r matter.",
                    1,
                    _with(h_prev=0.0),
                ),
                Property(
                    "state-share",
                    "Without an input, x_t = 0, the gate reads the state and the bias: only the first H columns "
                    "of W_r matter.",
                    1,
                    _with(x_t=0.0),
                ),
                Property("reset-gate", "For any state and input, r_t is the reset gate of the equation.", 1),
            ),
            mistakes=RESET_MISTAKES,
            hints=(
                "np.concatenate joins arrays along an axis. Along which axis do H and I become H + I?",
                "[h, x] holds one sequence a row, (B, H+I), and W_r one unit a row, (H, H+I). Which of them must be "
                "transposed so that the product is (B, H)?",
            ),
        ),
        FunctionQuestion(
            id="05.2",
            name="update_and_candidate",
            title="The update gate and the candidate",
            signature="update_and_candidate(W_z, b_z, W, b, r_t, h_prev, x_t) -> (z_t, n_t)",
            equation=r"\begin{aligned} z_t &= \sigma(W_z \cdot [h_{t-1}, x_t] + b_z) \\ "
            r"n_t &= \tanh(W \cdot [r_t \odot h_{t-1}, x_t] + b) \end{aligned}",
            section=f"{CHAPTER}#the-candidate",
            returns=("z_t", "n_t"),
            inputs=Inputs(STEP_SIZES, _candidate_inputs),
            oracle=_update_and_candidate,
            properties=(
                Property("update-gate", "z_t is the update gate of the equation.", 1, view=_first),
                Property(
                    "candidate-open",
                    "With the reset gate open, r_t = 1, the candidate sees the whole state: "
                    "n_t = tanh(W · [h_prev, x_t] + b).",
                    1,
                    _with(r_t=1.0),
                    _second,
                ),
                Property(
                    "candidate",
                    "For any r_t, n_t is the candidate of the equation, with the state reset unit by unit.",
                    2,
                    view=_second,
                ),
                _unchanged(1),
            ),
            mistakes=UPDATE_AND_CANDIDATE_MISTAKES,
            hints=(
                "The two lines have different brackets: [h_prev, x_t] in one, [r_t * h_prev, x_t] in the other.",
                "Build the second bracket anew: multiply the state by r_t before you join it with the input.",
            ),
        ),
        FunctionQuestion(
            id="05.3",
            name="gru_step",
            title="One full step",
            signature="gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t) -> h_t",
            equation=r"\begin{aligned} r_t &= \sigma(W_r \cdot [h_{t-1}, x_t] + b_r) \\ "
            r"z_t &= \sigma(W_z \cdot [h_{t-1}, x_t] + b_z) \\ "
            r"n_t &= \tanh(W \cdot [r_t \odot h_{t-1}, x_t] + b) \\ "
            r"h_t &= (1 - z_t) \odot h_{t-1} + z_t \odot n_t \end{aligned}",
            section=f"{CHAPTER}#the-new-state",
            returns=("h_t",),
            inputs=Inputs(STEP_SIZES, _step_inputs),
            oracle=_step,
            properties=(
                Property(
                    "copy",
                    f"With the update gate shut (b_z = {SHUT:g}, so z_t = 0) the state is copied: h_t = h_prev.",
                    1,
                    _with(b_z=SHUT),
                ),
                Property(
                    "vanilla-rnn",
                    f"With both gates open (b_r = b_z = {OPEN:g}, so r_t = z_t = 1) the step is a vanilla RNN's: "
                    "h_t = tanh(W · [h_prev, x_t] + b).",
                    1,
                    _with(b_r=OPEN, b_z=OPEN),
                ),
                Property(
                    "restart",
                    f"With the reset gate shut (b_r = {SHUT:g}) and the update gate open (b_z = {OPEN:g}) the cell "
                    "restarts: h_t = tanh(W · [0, x_t] + b).",
                    1,
                    _with(b_r=SHUT, b_z=OPEN),
                ),
                Property("step", "For any gates, h_t is the new state of the four equations.", 2),
                _unchanged(1),
            ),
            mistakes=STEP_MISTAKES,
            hints=(
                "Write the four lines in the order of the equations, each with its own weight and bias.",
                "Give every result a name of its own: if you write over h_prev, the lines below read something else.",
                "In the last line z_t weights the candidate and 1 - z_t the old state, element by element.",
            ),
        ),
        FunctionQuestion(
            id="05.4",
            name="gru_sequence",
            title="A sequence, with lengths",
            signature="gru_sequence(W_r, b_r, W_z, b_z, W, b, x, h_0, lengths) -> (output, h_n)",
            equation=r"h_t = \begin{cases} \mathrm{GRU}(x_t, h_{t-1}) & t \le \mathrm{length} \\ "
            r"h_{t-1} & t > \mathrm{length} \end{cases} \qquad "
            r"\mathrm{output}_t = \begin{cases} h_t & t \le \mathrm{length} \\ 0 & t > \mathrm{length} \end{cases} "
            r"\qquad h_n = h_T",
            section=f"{CHAPTER}#padding-and-lengths",
            returns=("output", "h_n"),
            inputs=Inputs(SEQUENCE_SIZES, _sequence_inputs),
            oracle=_sequence,
            properties=(
                Property(
                    "full-from-zero",
                    "From h_0 = 0 and with every length T, output holds the state after each step, and h_n the last.",
                    2,
                    _full_from_zero,
                ),
                Property("starts-from-h_0", "Each sequence starts from its own h_0.", 1, _full),
                Property(
                    "holds-the-state",
                    "Past its length a sequence's state is held: h_n is the state after its last real step, "
                    "and h_0 for length 0.",
                    1,
                    _padded,
                    _second,
                ),
                Property(
                    "output-zero-in-padding",
                    "output is the state up to a sequence's length and 0 past it, whatever stands in the padding.",
                    1,
                    _padded,
                    _first,
                ),
                _unchanged(1, _padded),
            ),
            mistakes=SEQUENCE_MISTAKES,
            hints=(
                "Carry one array h of shape (B, H) through a loop over t, and write each state into output[t].",
                "Compute the step for every sequence, also for those that have ended; then choose, row by row, "
                "whether the new state or the old one goes on.",
                "Counting from 0, step t is real for a sequence while t < length. np.where takes a condition of shape "
                "(B, 1) and two arrays of shape (B, H).",
            ),
            uses=("05.3",),
        ),
        ChoiceQuestion(
            id="05.5",
            name="what_z_one_keeps",
            title="What z = 1 keeps",
            section=f"{CHAPTER}#what-each-gate-can-do",
            equation=r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tanh(W \cdot [r_t \odot h_{t-1}, x_t] + b)",
            points=2,
            options=WHAT_Z_ONE_KEEPS,
            hints=(
                "Put z_t = 1 into the equation. Which of its two terms is left?",
                "Does the term that is left contain h_prev? What stands in front of it?",
            ),
        ),
        NumberQuestion(
            id="05.6",
            name="parameter_count",
            title="How many parameters",
            section=f"{CHAPTER}#shapes-and-parameters",
            equation=r"r_t = \sigma(W_r \cdot [h_{t-1}, x_t] + b_r)",
            points=1,
            expected=PARAMETERS,
            rtol=0.0,
            unit="parameters",
            mistakes=COUNT_MISTAKES,
            hints=(
                "Three lines of the cell have a weight and a bias each. What shapes do they have?",
                "A weight of shape (H, H+I) holds H * (H+I) numbers.",
            ),
        ),
    ),
)
