"""Chapter 06's exercise: one step of the GRU backwards, and how to tell whether a gradient is right.

Every oracle is the package itself. The gates of an input are drawn by themselves, not computed from the weights: a
backward only sees what it is given, and no slip can hide behind gates that happen to be small.
"""

# ruff: noqa: E741  (I is the input size, as in the book)

from __future__ import annotations

from typing import Any

import numpy as np

from gru_book import GRUParams
from gru_book.grading.spec import UNCHANGED, Args, Exercise, FunctionQuestion, Inputs, Mistake, Property
from gru_book.numpy_backend import gru_backward
from gru_book.numpy_backend.cell import Step, step_backward
from gru_book.numpy_backend.gates import split_gates
from gru_book.numpy_backend.layer import GRUCache

Array = np.ndarray[Any, Any]
CHAPTER = "06_gru_backward"

BLEND_SIZES = {"B": (1, 3), "H": (1, 4)}
STEP_SIZES = {"B": (1, 3), "I": (1, 3), "H": (1, 4)}


# ---------------------------------------------------------------------------------------------- inputs


def _gate_values(rng: np.random.Generator, B: int, H: int) -> Array:
    """Values of a gate, (B, H), away from 0 and 1."""
    return rng.uniform(0.1, 0.9, size=(B, H))


def _candidates(rng: np.random.Generator, B: int, H: int) -> Array:
    """Values of a candidate, (B, H), of both signs; none so small that its square could pass for 0."""
    return rng.choice([-1.0, 1.0], size=(B, H)) * rng.uniform(0.2, 0.9, size=(B, H))


def _blend_inputs(rng: np.random.Generator, B: int, H: int) -> Args:
    return {"d_h_t": rng.normal(size=(B, H)), "z_t": _gate_values(rng, B, H), "n_t": _candidates(rng, B, H),
            "h_prev": rng.normal(size=(B, H))}  # fmt: skip


def _step_inputs(rng: np.random.Generator, B: int, I: int, H: int) -> Args:
    W_r, W_z, W = rng.normal(scale=0.8, size=(3, H, H + I))
    return {"W_r": W_r.copy(), "W_z": W_z.copy(), "W": W.copy(),
            "h_prev": rng.normal(size=(B, H)), "x_t": rng.normal(size=(B, I)),
            "r_t": _gate_values(rng, B, H), "z_t": _gate_values(rng, B, H), "n_t": _candidates(rng, B, H),
            "d_h_t": rng.normal(size=(B, H))}  # fmt: skip


# -------------------------------------------------------------------- the cases that properties are about


def _with(**values: float) -> Any:
    """A `given` that fills the named arguments with one number each."""
    return lambda args: {**args, **{name: np.full_like(args[name], value) for name, value in values.items()}}


def _part(*numbers: int) -> Any:
    """A `view` of some of the returned arrays, one after the other in a row."""
    return lambda args, output: np.concatenate([np.ravel(output[k]) for k in numbers])


def _unchanged(points: float) -> Property:
    return Property(UNCHANGED, "The arguments are left as they were: nothing is changed in place.", points)


# --------------------------------------------------------------------------------------------- oracles


def _blend_backward(d_h_t: Array, z_t: Array, n_t: Array, h_prev: Array) -> tuple[Array, Array, Array]:
    """The package's whole step with all weights 0: then the direct path alone reaches the state before."""
    H, shut = h_prev.shape[1], np.zeros_like(h_prev)
    params = GRUParams(np.zeros((3 * H, 1)), np.zeros((3 * H, H)))
    d_a, _, d_h_direct = step_backward(params, h_prev, Step(shut, z_t, n_t, shut), d_h_t)
    _, d_a_z, d_a_n = split_gates(d_a)
    return d_a_z, d_a_n, d_h_direct


def _step_backward(
    W_r: Array, W_z: Array, W: Array, h_prev: Array, x_t: Array, r_t: Array, z_t: Array, n_t: Array, d_h_t: Array
) -> tuple[Array, ...]:
    """The package's backward over a sequence of one step, from a cache with these very gates."""
    no_bias = np.zeros(len(W))
    params = GRUParams.from_concatenated(W_r, no_bias, W_z, no_bias, W, no_bias)
    steps = Step(*(kept[None] for kept in (r_t, z_t, n_t, r_t * h_prev)))
    grads = gru_backward(GRUCache(params, x_t[None], h_prev[None], steps, None), d_h_n=d_h_t)
    return grads.d_h_0, grads.d_x[0], *grads.d_params.concatenated()


# -------------------------------------------------------------------------------------------- mistakes
# id: (title, why and how to see it, heading of the chapter). One text serves every question that can make it.

TEXTS = {
    # sigmoid and tanh
    "sigmoid-derivative-missing": (
        "The sigmoid's derivative is missing",
        "A gate is sigmoid(a), so from the gate to its pre-activation the chain has one more factor, z (1 - z). "
        "To see it, let z be 0.5: the gradient must become a quarter on its way through the sigmoid.",
        "the-update-gate-backwards",
    ),
    "sigmoid-derivative-twice": (
        "The sigmoid's derivative is applied twice",
        "z (1 - z) belongs to one link of the chain, from the gate to its pre-activation, and to no other. "
        "To see it, let z be 0.5: the sigmoid's factor must be 1/4, not 1/16.",
        "the-update-gate-backwards",
    ),
    "sigmoid-derivative-squashed-again": (
        "The gate goes through the sigmoid a second time",
        "The derivative is s (1 - s) with s = sigmoid(a), and s is what you are given: z_t is the gate itself, not its "
        "pre-activation. To see it, let z be 0.9: the factor must be 0.09, and sigmoid(0.9) would make it 0.21.",
        "the-update-gate-backwards",
    ),
    "sigmoid-derivative-half": (
        "Half of the sigmoid's derivative is missing",
        "The derivative is s (1 - s), two factors. One of them alone does not vanish at both ends. "
        "To see it, let z go to 0 and to 1: at both the gate is saturated, and the gradient must go to 0.",
        "the-update-gate-backwards",
    ),
    "tanh-derivative-on-gate": (
        "A gate takes tanh's derivative",
        "1 - s² is the derivative of tanh, and belongs to the candidate; a gate is a sigmoid, with s (1 - s). "
        "To see it, let z go to 0: a shut gate is saturated, and its factor must be 0, not 1.",
        "the-update-gate-backwards",
    ),
    "tanh-derivative-missing": (
        "tanh's derivative is missing",
        "The candidate is tanh(a_n), so from n to a_n the chain has one more factor, 1 - n². "
        "To see it, let n be near 1: a saturated candidate lets almost no gradient through.",
        "the-candidate-backwards",
    ),
    "tanh-derivative-twice": (
        "tanh's derivative is applied twice",
        "1 - n² belongs to one link of the chain, from the candidate to its pre-activation, and to no other. "
        "To see it, let n² be 0.5: the factor must be 0.5, not 0.25.",
        "the-candidate-backwards",
    ),
    "tanh-derivative-unsquared": (
        "The square is missing in tanh's derivative",
        "The derivative of tanh is 1 - n², with n = tanh(a). "
        "To see it, change the sign of n: the factor must stay, since tanh is as steep at -a as at a.",
        "the-candidate-backwards",
    ),
    "tanh-derivative-squashed-again": (
        "The candidate goes through tanh a second time",
        "1 - tanh(a)² is 1 - n², since n_t is tanh(a_n) already. "
        "To see it, let n be 1: the factor must be 0, and tanh(1)² would leave 0.42.",
        "the-candidate-backwards",
    ),
    "sigmoid-derivative-on-candidate": (
        "The candidate takes the sigmoid's derivative",
        "n (1 - n) is the derivative of a sigmoid; the candidate is a tanh, with 1 - n². "
        "To see it, let n be 0, where tanh is steepest: the factor must be 1, not 0.",
        "the-candidate-backwards",
    ),
    # The new state
    "blend-sign": (
        "The sign of the update gate's gradient is turned round",
        "h_t = (1 - z) h_prev + z n grows with z by n - h_prev: a more open gate moves the state towards the candidate. "
        "To see it, take n = 1 and h_prev = 0: opening the gate raises h_t, so the derivative must be positive.",
        "the-new-state-backwards",
    ),
    "blend-candidate-only": (
        "The old state is missing in the update gate's gradient",
        "z stands in both terms of h_t = (1 - z) h_prev + z n: with + in the second, with - in the first. "
        "To see it, take n = h_prev: the mix does not depend on z then, and the gradient must be 0.",
        "the-new-state-backwards",
    ),
    "blend-state-only": (
        "The candidate is missing in the update gate's gradient",
        "z stands in both terms of h_t = (1 - z) h_prev + z n: with + in the second, with - in the first. "
        "To see it, take h_prev = 0: the gradient in z must be d_h_t * n, not 0.",
        "the-new-state-backwards",
    ),
    "blend-sum": (
        "The two terms are added where they must be subtracted",
        "(1 - z) h_prev has the derivative -h_prev in z: the minus belongs to z. "
        "To see it, take n = h_prev: the mix does not depend on z then, and the gradient must be 0.",
        "the-new-state-backwards",
    ),
    "gate-weighs-its-own-gradient": (
        "z n stands where n must",
        "The derivative of z n in z is n: z itself is gone. "
        "To see it, take h_prev = 0: the gradient in z must be d_h_t * n whatever z is.",
        "the-new-state-backwards",
    ),
    "blend-value": (
        "The value of the new state in place of its derivative",
        "(1 - z) h_prev + z n is h_t itself; its derivative in z is n - h_prev. "
        "To see it, take n = h_prev: the mix does not depend on z then, and the gradient must be 0.",
        "the-new-state-backwards",
    ),
    "upstream-missing": (
        "The gradient that arrives, d_h_t, is missing",
        "dL/da_z is dL/dh_t times dh_t/da_z; without d_h_t it is the derivative of the new state, not that of the "
        "loss. To see it, let d_h_t be 0: nothing can matter to the loss then.",
        "the-new-state-backwards",
    ),
    "other-convention": (
        "The backward of the other convention: z weights the old state",
        "Here z_t weights the candidate. In PyTorch and Keras it weights the old state, and then d_z changes its sign "
        "while z and 1 - z change places. To see it, let z_t be 0: the state is copied, and so must d_h_t be.",
        "the-new-state-backwards",
    ),
    "candidate-not-weighted": (
        "The candidate's gradient is not weighted by z",
        "The new state takes z n of the candidate, so d_n = d_h_t * z. "
        "To see it, shut the update gate (z_t = 0): the candidate does not reach the state, and d_a_n must be 0.",
        "the-new-state-backwards",
    ),
    "candidate-weighted-by-rest": (
        "The candidate's gradient is weighted by 1 - z",
        "In this book z weights the candidate, and 1 - z the old state. "
        "To see it, shut the update gate (z_t = 0): the candidate does not reach the state, and d_a_n must be 0.",
        "the-new-state-backwards",
    ),
    "direct-weighted-z": (
        "The direct path is weighted by z instead of 1 - z",
        "The new state keeps (1 - z) h_prev. "
        "To see it, shut the update gate (z_t = 0): the state is copied, and d_h_t must come back whole.",
        "the-new-state-backwards",
    ),
    "direct-not-weighted": (
        "The direct path is not weighted",
        "The new state keeps (1 - z) h_prev, not all of it, so d_h_t comes back times 1 - z. "
        "To see it, open the update gate (z_t = 1): nothing may come by the direct path.",
        "the-new-state-backwards",
    ),
    # The paths to the state before
    "direct-path-missing": (
        "The direct path is missing",
        "h_prev also stands in the last line, h_t = (1 - z) h_prev + z n, and this path is how a GRU remembers. "
        "To see it, shut the update gate (z_t = 0): d_h_prev must be d_h_t, not 0.",
        "the-state-before",
    ),
    "recurrent-paths-missing": (
        "Only the direct path leads back",
        "(1 - z) is the partial derivative with gates and candidate held fixed; they read h_prev too. "
        "To see it, open the update gate (z_t = 1): the direct path is closed, yet d_h_prev is not 0.",
        "total-and-partial",
    ),
    "gates-held-fixed": (
        "The gates are treated as constants on the way to h_prev",
        "r_t and z_t are computed from h_prev, so the gradient also comes back through W_r and W_z. "
        "To see it, set W to 0: the candidate's path is closed, yet d_h_prev is more than d_h_t * (1 - z_t).",
        "total-and-partial",
    ),
    "update-gate-path-missing": (
        "The path through the update gate is missing",
        "z_t reads h_prev and x_t, so d_a_z goes back through W_z to both. "
        "To see it, change W_z: d_h_prev and d_x_t must change.",
        "the-state-before",
    ),
    "reset-gate-path-missing": (
        "The path through the reset gate is missing",
        "r_t reads h_prev and x_t, so d_a_r goes back through W_r to both. "
        "To see it, change W_r: d_h_prev and d_x_t must change.",
        "the-state-before",
    ),
    "candidate-path-missing": (
        "The path from r * h to h is missing",
        "The candidate reads r_t * h_prev, a product of two things that both depend on h_prev: one share goes to r_t, "
        "the other, times r_t, to h_prev. To see it, take z_t = r_t = 1, a vanilla RNN: d_h_prev must not be 0.",
        "the-backward-of-one-product",
    ),
    "candidate-path-without-reset": (
        "The path through the candidate forgets the reset gate",
        "The candidate reads r_t * h_prev, so what arrives at the product comes to h_prev times r_t. "
        "To see it, shut the reset gate (r_t = 0): nothing may come back through the candidate.",
        "the-backward-of-one-product",
    ),
    "reset-gradient-zero": (
        "The reset gate has no gradient",
        "r_t stands in the candidate, r_t * h_prev, so the loss depends on it, and W_r and b_r can learn. "
        "To see it, look at your d_W_r: all of it is 0, and that gate would never move.",
        "the-reset-gate-backwards",
    ),
    "reset-gradient-without-state": (
        "The reset gate's gradient forgets h_prev",
        "In the product r_t * h_prev the derivative in r_t is h_prev, and in h_prev it is r_t. "
        "To see it, set h_prev to 0: the reset gate has nothing to scale, and d_b_r must be 0.",
        "the-backward-of-one-product",
    ),
    "reset-gradient-without-weights": (
        "The reset gate's gradient does not go through W",
        "Between r_t * h_prev and a_n stands the product with W, so d_a_n has to go back through W first: unit i of "
        "r_t * h_prev reaches all units of a_n. To see it, set W to 0: r_t does not matter then, and d_b_r must be 0.",
        "the-reset-gate-backwards",
    ),
    "reset-gradient-scaled-by-reset": (
        "The two factors of the product r * h have changed places",
        "The derivative of r_t * h_prev in r_t is h_prev, the other factor, and in h_prev it is r_t. "
        "To see it, set h_prev to 0: the reset gate has nothing to scale, and d_b_r must be 0.",
        "the-backward-of-one-product",
    ),
    "reset-after": (
        "The backward of a reset after the product",
        "Here r_t scales the state before the product with W. PyTorch, and Keras by default, scale the product, "
        "r_t * (U h_prev), and then d_r is d_a_n * (U h_prev). "
        "To see it, take H = 2 with r_t = [0, 1]: nothing may come back to h_prev[0] through the candidate.",
        "reset-after-the-product",
    ),
    "recurrent-transposed": (
        "The recurrent part of the weights is transposed",
        "The forward took h_prev @ U.T, so the backward takes d_a @ U: transposed once more. U is square, and raises no "
        "error. To see it, take H = 2 and let one off-diagonal entry of U be the only number that is not 0.",
        "the-backward-of-one-product",
    ),
    "weight-transposed-as-in-forward": (
        "The weights are transposed as in the forward",
        "The forward took hx @ W.T, from (B, H+I) to (B, H). The way back goes from (B, H) to (B, H+I): d_a @ W. "
        "In d_a @ W.T the inner sizes H and H+I differ, so NumPy refuses.",
        "the-backward-of-one-product",
    ),
    # The input
    "input-through-candidate-only": (
        "The input's gradient comes through the candidate alone",
        "x_t stands in all three pre-activations, so d_x_t has three terms. "
        "To see it, set W to 0: the update gate still reads x_t, and d_x_t must not be 0.",
        "the-state-before",
    ),
    "input-through-gates-only": (
        "The candidate's share of the input's gradient is missing",
        "x_t stands in all three pre-activations, so d_x_t has three terms. "
        "To see it, set W_r and W_z to 0: the candidate still reads x_t, and d_x_t must not be 0.",
        "the-state-before",
    ),
    "input-before-state": (
        "The input stands before the state",
        "W acts on [h_prev, x_t], so its first H columns belong to the state, in the backward too. "
        "To see it, set the first H columns of the weights to 0: d_h_prev must then be the direct path alone.",
        "the-code",
    ),
    # The parameters
    "candidate-weight-reads-whole-state": (
        "d_W reads h_prev instead of r * h_prev",
        "A weight's gradient is the outer product of d_a with what the weight multiplied in the forward, and W "
        "multiplied [r_t * h_prev, x_t]. To see it, shut the reset gate (r_t = 0): the first H columns of d_W must be 0.",
        "the-parameters",
    ),
    "gate-weights-read-reset-state": (
        "d_W_r and d_W_z read r * h_prev instead of h_prev",
        "A weight's gradient is the outer product of d_a with what the weight multiplied in the forward, and the gates "
        "read h_prev as it is. To see it, shut the reset gate (r_t = 0): d_W_z must still have its first H columns.",
        "the-parameters",
    ),
    "bias-mean": (
        "The bias takes the mean over the batch, not the sum",
        "One bias serves every row of the batch, so its gradient is the sum of what the rows say; a mean belongs to the "
        "loss, if anywhere. To see it, repeat a batch of one row three times: d_b must become three times as large.",
        "the-parameters",
    ),
    "batch-mean": (
        "The parameters take the mean over the batch, not the sum",
        "The weights serve every row, so their gradients are sums over the rows. If the loss is a mean, d_h_t has that "
        "factor already. To see it, repeat a batch of one row three times: d_W must become three times as large.",
        "the-parameters",
    ),
    "bias-not-summed": (
        "The bias's gradient keeps the batch",
        "b has the shape (H,), and so must its gradient: the forward added one b to all rows, so the backward sums "
        "over the rows. To see it, compare d_b.shape with b.shape.",
        "the-parameters",
    ),
    "weight-gradient-transposed": (
        "The weights' gradients lie on their side",
        "A gradient has the shape of what it belongs to: d_W is (H, H+I), one row a unit. hx.T @ d_a is its transpose. "
        "To see it, compare d_W.shape with W.shape.",
        "the-parameters",
    ),
    "gates-swapped": (
        "The gradients of the two gates have changed places",
        "The function returns those of the reset gate first, then those of the update gate; the shapes are equal, so "
        "nothing complains. To see it, shut the update gate (z_t = 0): d_W_r must be 0, since the candidate is not used.",
        "the-code",
    ),
    "order-of-results": (
        "The results stand in another order",
        "Each weight is followed by its bias: d_W_r, d_b_r, d_W_z, d_b_z, d_W, d_b. "
        "To see it, print the shapes of what you return, and compare them with the docstring.",
        "the-code",
    ),
    "outputs-swapped": (
        "The results are returned in the wrong order",
        "The function returns (d_a_z, d_a_n, d_h_direct). "
        "To see it, shut the update gate (z_t = 0): the second must be 0, and the third must be d_h_t.",
        "the-new-state-backwards",
    ),
}


def _mistake(mistake_id: str, *patch: tuple[str, str]) -> Mistake:
    """The misconception of that id, planted by `patch` in the reference of the question that lists it."""
    title, why, anchor = TEXTS[mistake_id]
    return Mistake(mistake_id, title, why, f"{CHAPTER}#{anchor}", patch=patch)


AGAIN = "1 / (1 + np.exp(-z_t))"
"""The update gate, squashed once more."""
D_A_Z, D_A_N = "d_z * z_t * (1 - z_t)", "d_n * (1 - n_t**2)"

CANDIDATE_MISTAKES = (
    _mistake("tanh-derivative-missing", (D_A_N, "d_n")),
    _mistake("tanh-derivative-twice", (D_A_N, "d_n * (1 - n_t**2) ** 2")),
    _mistake("tanh-derivative-unsquared", (D_A_N, "d_n * (1 - n_t)")),
    _mistake("tanh-derivative-squashed-again", (D_A_N, "d_n * (1 - np.tanh(n_t) ** 2)")),
    _mistake("sigmoid-derivative-on-candidate", (D_A_N, "d_n * n_t * (1 - n_t)")),
    _mistake("candidate-not-weighted", ("d_n = d_h_t * z_t", "d_n = d_h_t")),
    _mistake("candidate-weighted-by-rest", ("d_n = d_h_t * z_t", "d_n = d_h_t - d_h_t * z_t")),
)
BLEND_MISTAKES = (
    _mistake("blend-sign", ("n_t - h_prev", "h_prev - n_t")),
    _mistake("blend-candidate-only", ("(n_t - h_prev)", "n_t")),
    _mistake("blend-sum", ("n_t - h_prev", "n_t + h_prev")),
    _mistake("direct-weighted-z", ("d_h_t * (1 - z_t)", "d_h_t * z_t * 1")),
    _mistake("direct-not-weighted", ("d_h_t * (1 - z_t)", "d_h_t * 1")),
    _mistake(
        "other-convention",
        ("n_t - h_prev", "h_prev - n_t"),
        ("d_n = d_h_t * z_t", "d_n = d_h_t - d_h_t * z_t"),
        ("d_h_t * (1 - z_t)", "d_h_t * z_t * 1"),
    ),
)
"""These two lists fit the source of 06.2 and of 06.3 alike."""

LAST_LINE_MISTAKES = (
    _mistake("sigmoid-derivative-missing", (D_A_Z, "d_z")),
    _mistake("sigmoid-derivative-twice", (D_A_Z, "d_z * (z_t * (1 - z_t)) ** 2")),
    _mistake("sigmoid-derivative-squashed-again", (D_A_Z, f"d_z * {AGAIN} * (1 - {AGAIN})")),
    _mistake("sigmoid-derivative-half", (D_A_Z, "d_z * (1 - z_t)")),
    _mistake("tanh-derivative-on-gate", (D_A_Z, "d_z * (1 - z_t**2)")),
    *CANDIDATE_MISTAKES,
    *BLEND_MISTAKES,
    _mistake("blend-state-only", ("(n_t - h_prev)", "-h_prev")),
    _mistake("gate-weighs-its-own-gradient", ("n_t - h_prev", "z_t * n_t - h_prev")),
    _mistake("blend-value", ("(n_t - h_prev)", "((1 - z_t) * h_prev + z_t * n_t)")),
    _mistake("outputs-swapped", ("return d_a_z, d_a_n, d_h_direct", "return d_a_n, d_a_z, d_h_direct")),
)

D_A_R = "d_r * r_t * (1 - r_t)"
D_H_PREV = "d_h_t * (1 - z_t) + d_rh * r_t + d_hx[:, :H]"
RETURN = "d_W_r, d_b_r, d_W_z, d_b_z, d_W, d_b"


def _back_transposed(d_a: str, W: str) -> tuple[str, str]:
    """A patch that takes `d_a` back through `W` with its recurrent part transposed."""
    return f"{d_a} @ {W}", f"np.concatenate([{d_a} @ {W}[:, :H].T, {d_a} @ {W}[:, H:]], axis=1)"


STEP_MISTAKES = (
    _mistake("sigmoid-derivative-missing", (D_A_Z, "d_z"), (D_A_R, "d_r")),
    _mistake(
        "sigmoid-derivative-twice",
        (D_A_Z, "d_z * (z_t * (1 - z_t)) ** 2"),
        (D_A_R, "d_r * (r_t * (1 - r_t)) ** 2"),
    ),
    _mistake(
        "sigmoid-derivative-squashed-again",
        (D_A_Z, f"d_z * {AGAIN} * (1 - {AGAIN})"),
        (D_A_R, f"d_r * {AGAIN} * (1 - {AGAIN})".replace("z_t", "r_t")),
    ),
    _mistake("tanh-derivative-on-gate", (D_A_Z, "d_z * (1 - z_t**2)"), (D_A_R, "d_r * (1 - r_t**2)")),
    *CANDIDATE_MISTAKES,
    *BLEND_MISTAKES,
    _mistake("direct-path-missing", ("d_h_t * (1 - z_t) + ", "")),
    _mistake("recurrent-paths-missing", (D_H_PREV, "d_h_t * (1 - z_t)")),
    _mistake("gates-held-fixed", (" + d_hx[:, :H]", "")),
    _mistake("update-gate-path-missing", (" + d_a_z @ W_z", "")),
    _mistake("reset-gate-path-missing", ("d_a_r @ W_r + ", "")),
    _mistake("candidate-path-missing", ("d_rh * r_t + ", "")),
    _mistake("candidate-path-without-reset", ("d_rh * r_t", "d_rh")),
    _mistake("reset-gradient-zero", (D_A_R, "np.zeros_like(d_r)")),
    _mistake("reset-gradient-without-state", ("d_r = d_rh * h_prev", "d_r = d_rh")),
    _mistake("reset-gradient-without-weights", ("d_r = d_rh * h_prev", "d_r = d_a_n * h_prev")),
    _mistake("reset-gradient-scaled-by-reset", ("d_rh * h_prev", "d_rh * r_t"), ("+ d_rh * r_t", "+ d_rh * h_prev")),
    _mistake(
        "reset-after",
        ("d_r = d_rh * h_prev", "d_r = d_a_n * (h_prev @ W[:, :H].T)"),
        ("+ d_rh * r_t", "+ (d_a_n * r_t) @ W[:, :H]"),
        ("d_a_n.T @ rhx", "np.concatenate([(d_a_n * r_t).T @ h_prev, d_a_n.T @ x_t], axis=1)"),
    ),
    _mistake(
        "recurrent-transposed",
        ("d_rhx = d_a_n @ W\n", f"d_rhx = {_back_transposed('d_a_n', 'W')[1]}\n"),
        _back_transposed("d_a_r", "W_r"),
        _back_transposed("d_a_z", "W_z"),
    ),
    _mistake(
        "weight-transposed-as-in-forward",
        ("d_a_n @ W\n", "d_a_n @ W.T\n"),
        ("d_a_r @ W_r", "d_a_r @ W_r.T"),
        ("d_a_z @ W_z", "d_a_z @ W_z.T"),
    ),
    _mistake("input-through-candidate-only", (" + d_hx[:, H:]", "")),
    _mistake("input-through-gates-only", ("d_rhx[:, H:] + ", "")),
    _mistake(
        "input-before-state",
        ("[h_prev, x_t]", "[x_t, h_prev]"),
        ("[r_t * h_prev, x_t]", "[x_t, r_t * h_prev]"),
        ("d_rhx[:, :H]", "d_rhx[:, -H:]"),
        ("d_hx[:, :H]", "d_hx[:, -H:]"),
        ("d_rhx[:, H:] + d_hx[:, H:]", "d_rhx[:, :-H] + d_hx[:, :-H]"),
    ),
    _mistake("candidate-weight-reads-whole-state", ("d_a_n.T @ rhx", "d_a_n.T @ hx")),
    _mistake("gate-weights-read-reset-state", ("d_a_r.T @ hx", "d_a_r.T @ rhx"), ("d_a_z.T @ hx", "d_a_z.T @ rhx")),
    _mistake(
        "bias-mean", *((f"d_a_{gate}.sum(axis=0)", f"d_a_{gate}.mean(axis=0)") for gate in "rzn")
    ),
    _mistake(
        "batch-mean",
        *((f"d_a_{gate}.sum(axis=0)", f"d_a_{gate}.mean(axis=0)") for gate in "rzn"),
        *((f"d_a_{gate}.T @", f"d_a_{gate}.T / len(h_prev) @") for gate in "rzn"),
    ),
    _mistake("bias-not-summed", *((f"d_a_{gate}.sum(axis=0)", f"d_a_{gate}") for gate in "rzn")),
    _mistake(
        "weight-gradient-transposed",
        ("d_a_r.T @ hx", "hx.T @ d_a_r"),
        ("d_a_z.T @ hx", "hx.T @ d_a_z"),
        ("d_a_n.T @ rhx", "rhx.T @ d_a_n"),
    ),
    _mistake("gates-swapped", (f"return d_h_prev, d_x_t, {RETURN}",
             "return d_h_prev, d_x_t, d_W_z, d_b_z, d_W_r, d_b_r, d_W, d_b")),
    _mistake("order-of-results", (f"return d_h_prev, d_x_t, {RETURN}",
             "return d_h_prev, d_x_t, d_W_r, d_W_z, d_W, d_b_r, d_b_z, d_b")),
)  # fmt: skip


# ------------------------------------------------------------------------------------------- questions

BLEND = FunctionQuestion(
    id="06.2",
    name="blend_backward",
    title="The last line, backwards",
    signature="blend_backward(d_h_t, z_t, n_t, h_prev) -> (d_a_z, d_a_n, d_h_direct)",
    equation=r"\begin{aligned} z_t &= \sigma(a_z) \\ n_t &= \tanh(a_n) \\ "
    r"h_t &= (1 - z_t) \odot h_{t-1} + z_t \odot n_t \end{aligned}",
    section=f"{CHAPTER}#the-new-state-backwards",
    returns=("d_a_z", "d_a_n", "d_h_direct"),
    inputs=Inputs(BLEND_SIZES, _blend_inputs),
    oracle=_blend_backward,
    properties=(
        Property(
            "direct", "d_h_direct is the share of the gradient that comes through the last line's h_prev.", 1,
            view=_part(2),
        ),
        Property(
            "candidate-at-zero",
            "Where the candidate is 0 (n_t = 0), tanh is as steep as 1, and d_a_n is what arrives at n_t.",
            1, _with(n_t=0.0), _part(1),
        ),
        Property("candidate", "For any candidate, d_a_n is the gradient in its pre-activation.", 1, view=_part(1)),
        Property(
            "update-gate-empty-state",
            "From an empty state (h_prev = 0), d_a_z is the gradient in the update gate's pre-activation.",
            1, _with(h_prev=0.0), _part(0),
        ),
        Property(
            "update-gate", "For any state, d_a_z is the gradient in the update gate's pre-activation.", 1,
            view=_part(0),
        ),
        _unchanged(1),
    ),
    mistakes=LAST_LINE_MISTAKES,
)  # fmt: skip

STEP = FunctionQuestion(
    id="06.3",
    name="step_backward",
    title="The whole step, backwards",
    signature="step_backward(W_r, W_z, W, h_prev, x_t, r_t, z_t, n_t, d_h_t) -> "
    "(d_h_prev, d_x_t, d_W_r, d_b_r, d_W_z, d_b_z, d_W, d_b)",
    equation=r"\begin{aligned} r_t &= \sigma(W_r \cdot [h_{t-1}, x_t] + b_r) \\ "
    r"z_t &= \sigma(W_z \cdot [h_{t-1}, x_t] + b_z) \\ "
    r"n_t &= \tanh(W \cdot [r_t \odot h_{t-1}, x_t] + b) \\ "
    r"h_t &= (1 - z_t) \odot h_{t-1} + z_t \odot n_t \end{aligned}",
    section=f"{CHAPTER}#the-state-before",
    returns=("d_h_prev", "d_x_t", "d_W_r", "d_b_r", "d_W_z", "d_b_z", "d_W", "d_b"),
    inputs=Inputs(STEP_SIZES, _step_inputs),
    oracle=_step_backward,
    properties=(
        Property(
            "direct-path",
            "With the update gate shut (z_t = 0) only the direct path is open: d_h_prev = d_h_t.",
            1, _with(z_t=0.0), _part(0),
        ),
        Property(
            "candidate-path",
            "With both gates open (z_t = r_t = 1) only the candidate's path is open, as in a vanilla RNN: "
            "d_h_prev = (d_h_t * (1 - n_t²)) @ U, U the first H columns of W.",
            1, _with(z_t=1.0, r_t=1.0), _part(0),
        ),
        Property(
            "reset-path",
            "With the update gate open (z_t = 1) the candidate's path and the reset gate's are open: "
            "d_h_prev is the sum of the two.",
            1, _with(z_t=1.0), _part(0),
        ),
        Property("all-paths", "For any gates, d_h_prev is the sum of all four paths.", 2, view=_part(0)),
        Property("input", "d_x_t is the total gradient in the input.", 1, view=_part(1)),
        Property("candidate-weight", "d_W is the gradient in the candidate's weight, over the batch.", 1, view=_part(6)),
        Property("gate-weights", "d_W_r and d_W_z are the gradients in the gates' weights.", 1, view=_part(2, 4)),
        Property("biases", "d_b_r, d_b_z and d_b are the gradients in the biases.", 1, view=_part(3, 5, 7)),
        _unchanged(1),
    ),
    mistakes=STEP_MISTAKES,
)  # fmt: skip

exercise = Exercise(id=CHAPTER, title="The GRU backward", questions=(BLEND, STEP))
