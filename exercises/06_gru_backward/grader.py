"""Chapter 06's exercise: one step of the GRU backwards, and how to tell whether a gradient is right.

Every oracle is the package itself. The gates of an input are drawn by themselves, not computed from the weights: a
backward only sees what it is given, and no slip can hide behind gates that happen to be small.
"""

# ruff: noqa: E741  (I is the input size, as in the book)

from __future__ import annotations

import zlib
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
    NumberQuestion,
    Option,
    Property,
    Source,
)
from gru_book.numpy_backend import check_gradients, gru_backward
from gru_book.numpy_backend.activations import sigmoid, tanh
from gru_book.numpy_backend.cell import Step, step_backward
from gru_book.numpy_backend.gates import split_gates
from gru_book.numpy_backend.layer import GRUCache

Array = np.ndarray[Any, Any]
CHAPTER = "06_gru_backward"

BLEND_SIZES = {"B": (1, 3), "H": (1, 4)}
STEP_SIZES = {"B": (1, 3), "I": (1, 3), "H": (1, 4)}
CLAIM_SIZES = {"m": (1, 2), "n": (2, 3)}
"""At least two entries: with one, most mistakes of a checker are the same."""


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


# A gradient to be checked: everything about it, also whether it is right, follows from the point x. So a property
# can pose its own kind of claim at a given point, and pose the same one again.

WRONG_A, WRONG_B = 1, 3
"""What `_turn` says of a wrong claim; 0 and 2 are right ones."""
TURNS = (0, WRONG_A, WRONG_B, 2)
"""The turns that the draws of one generator take: any four in a row have right claims and both wrong ones."""

FAMILIES = (
    ("np.sin({})", "np.cos({})"),
    ("np.tanh({})", "(1 - np.tanh({}) ** 2)"),
    ("np.exp({})", "np.exp({})"),
    ("({0} + {0}**3 / 3)", "(1 + {}**2)"),
)
"""Functions and their derivatives: smooth, and steeper than 0.4 between -1 and 1."""


def _turn(x: Array) -> int:
    """0 or 2: the claim at x is right; 1 or 3: it is wrong, in the first or the second way of its kind."""
    return zlib.crc32((x + 0.0).tobytes()) % 4


def _claim_inputs(rng: np.random.Generator, m: int, n: int) -> Args:
    """A claim about a smooth function. The draws of one generator take turns (TURNS).

    The generator counts its children itself, so nothing outside it is remembered.
    """
    child = rng.spawn(1)[0]
    drawn = rng.bit_generator.seed_seq.n_children_spawned  # type: ignore[attr-defined]
    x = np.zeros((m, n))
    while _turn(x) != TURNS[(drawn - 1) % len(TURNS)] or not x.all():
        x = np.round(child.uniform(-1, 1, size=(m, n)), 2)
    return _smooth({"x": x})


def _claim(x: Array, c: Array, value: str, slope: str, errors: tuple[str, str]) -> Args:
    """f, gradient and x. `value` and `slope` are expressions in c and x, `errors` the two ways to spoil the array g."""
    turn = _turn(x)
    spoilt = {WRONG_A: f"    {errors[0]}\n", WRONG_B: f"    {errors[1]}\n"}.get(turn, "")
    constants = f"    c = np.array({c.tolist()})\n"
    f = Source("f", f"def f(x):\n{constants}    return {value}\n")
    gradient = Source("gradient", f"def gradient(x):\n{constants}    g = {slope}\n{spoilt}    return g\n")
    return {"f": f, "gradient": gradient, "x": x}


def _ingredients(x: Array) -> tuple[Array, str, str, int]:
    """What follows from a point: the weights c, a function and its derivative, and an entry."""
    rng = np.random.default_rng(zlib.crc32((x + 0.0).tobytes()))
    c = rng.choice([-1.0, 1.0], size=x.shape) * np.round(rng.uniform(0.5, 2, size=x.shape), 1)
    value, slope = FAMILIES[rng.integers(len(FAMILIES))]
    return c, value.format("x"), slope.format("x"), int(rng.integers(x.size))


def _at(k: int) -> str:
    return f"g.flat[{k}]"


def _smooth(args: Args) -> Args:
    """Wrong in every entry: the sign, or a factor 2."""
    c, value, slope, _ = _ingredients(args["x"])
    return _claim(args["x"], c, f"np.sum(c * {value})", f"c * {slope}", ("g = -g", "g = 2 * g"))


def _one_entry(args: Args) -> Args:
    """Wrong in the first entry alone, or in two whose errors add up to 0; `_flat` has the last entry wrong alone."""
    c, value, slope, k = _ingredients(args["x"])
    other = (k + 1) % c.size
    shifted = f"{_at(k)} += 0.3; {_at(other)} -= 0.3" if other != k else f"{_at(k)} += 0.3"
    return _claim(args["x"], c, f"np.sum(c * {value})", f"c * {slope}", (f"{_at(0)} *= -1", shifted))


def _thousandth(args: Args) -> Args:
    """Wrong by a thousandth, in the largest entry."""
    c, value, slope, _ = _ingredients(args["x"])
    largest = "g.flat[np.argmax(np.abs(g))]"
    return _claim(args["x"], c, f"np.sum(c * {value})", f"c * {slope}", (f"{largest} *= 1.001", f"{largest} *= 0.999"))


def _beside_large(args: Args) -> Args:
    """Wrong by a fiftieth, in an entry beside which all others are a thousand times as large; f is linear."""
    c, _, _, k = _ingredients(args["x"])
    large = np.where(np.arange(c.size).reshape(c.shape) == k, np.clip(c, -1, 1), 1000 * c)
    errors = (f"{_at(k)} *= 1.02", f"{_at(k)} *= 0.98")
    return _claim(args["x"], large, f"np.sum(c * {_from(args['x'])})", "c * np.ones(x.shape)", errors)


def _valley(args: Args) -> Args:
    """Between narrow valleys and ridges, where the slope is another one a hair's breadth away; wrong in the last entry.

    Each bend has the sign of its c, and the signs alternate: no error of a difference has the same sign everywhere.
    """
    c, d = _ingredients(args["x"])[0], _from(args["x"])
    c = np.abs(c) * (-1.0) ** np.arange(c.size).reshape(c.shape)
    errors = (f"{_at(-1)} *= -1", f"{_at(-1)} *= 2")
    return _claim(args["x"], c, f"np.sum(c * ({d} + 50000 * {d}**2))", f"c * (1 + 100000 * {d})", errors)


def _from(x: Array) -> str:
    return f"(x - np.array({x.tolist()}))"


def _large_constant(args: Args) -> Args:
    """On top of a constant that takes most digits of f; wrong in the first entry."""
    c, value, slope, _ = _ingredients(args["x"])
    errors = (f"{_at(0)} *= -1", f"{_at(0)} *= 2")
    return _claim(args["x"], c, f"100000 + np.sum(c * {value})", f"c * {slope}", errors)


def _flat(args: Args) -> Args:
    """f reads the last entry only, so all other derivatives are 0; wrong in the last or in the first entry."""
    c = _ingredients(args["x"])[0]
    slope = "np.where(np.arange(x.size).reshape(x.shape) == x.size - 1, c, 0.0)"
    return _claim(args["x"], c, "c[-1, -1] * x[-1, -1]", slope, (f"{_at(-1)} *= 2", f"{_at(0)} += 0.3"))


def _other_unit(args: Args) -> Args:
    """In a unit in which the loss is very small; wrong in every entry."""
    c, value, slope, _ = _ingredients(args["x"])
    return _claim(args["x"], c, f"1e-10 * np.sum(c * {value})", f"1e-10 * c * {slope}", ("g = -g", "g = 2 * g"))


# -------------------------------------------------------------------- the cases that properties are about


def _with(**values: float) -> Any:
    """A `given` that fills the named arguments with one number each."""
    return lambda args: {**args, **{name: np.full_like(args[name], value) for name, value in values.items()}}


def _part(*numbers: int) -> Any:
    """A `view` of some of the returned arrays, one after the other in a row."""
    return lambda args, output: np.concatenate([np.ravel(output[k]) for k in numbers])


def _unchanged(points: float, given: Any = lambda args: args) -> Property:
    return Property(UNCHANGED, "The arguments are left as they were: nothing is changed in place.", points, given)


def _verdict(args: Args, expected: Any, output: Any) -> str | None:
    """Whether the checker says of a claim what the package says of it."""
    if bool(output) == bool(expected):
        return None
    return "the checker blames a right gradient" if expected else "the checker passes a wrong gradient"


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


def _is_gradient(f: Source, gradient: Source, x: Array) -> bool:
    claimed = {"x": gradient.function()(x)}
    return check_gradients(f.function(), {"x": x}, claimed, methods=("central difference",)).passed


def _pencil(**scaled: float) -> float:
    """The total derivative of 06.6 from the package, in its four parts, each times a factor: 1 if it is not named.

    A path is alone when the weights of the others are 0: then the Jacobian minus the direct path is that path.
    """
    h, x = np.array([[-0.5]]), np.array([[1.0]])
    weights = np.array([[2.0, 1.0]]), np.array([[2.0, 2.0]]), np.array([[2.0, 1.0]])
    r, z, n = np.array([[0.5]]), sigmoid(np.array([[1.0]])), tanh(np.array([[0.5]]))

    def back(W_r: Array, W_z: Array, W: Array) -> float:
        return float(_step_backward(W_r, W_z, W, h, x, r, z, n, np.ones((1, 1)))[0].item())

    no = np.zeros((1, 2))
    direct = back(no, no, no)
    parts = {"direct": direct, "z": back(no, weights[1], no) - direct, "s": back(no, no, weights[2]) - direct}
    parts["r"] = back(*weights) - sum(parts.values())
    return sum(scaled.get(name, 1.0) * part for name, part in parts.items())


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
        "h_t = (1 - z) h_prev + z n grows with z by n - h_prev: a more open gate moves the state towards the "
        "candidate. "
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
    "reset-after": (
        "The backward of a reset after the product",
        "Here r_t scales the state before the product with W. PyTorch, and Keras by default, scale the product, "
        "r_t * (U h_prev), and then d_r is d_a_n * (U h_prev). "
        "To see it, take H = 2 with r_t = [0, 1]: nothing may come back to h_prev[0] through the candidate.",
        "reset-after-the-product",
    ),
    "recurrent-transposed": (
        "The recurrent part of the weights is transposed",
        "The forward took h_prev @ U.T, so the backward takes d_a @ U: transposed once more. U is square, and raises "
        "no "
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
        "multiplied [r_t * h_prev, x_t]. To see it, shut the reset gate (r_t = 0): the first H columns of d_W must be "
        "0.",
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
        "One bias serves every row of the batch, so its gradient is the sum of what the rows say; a mean belongs to "
        "the "
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
        "nothing complains. To see it, shut the update gate (z_t = 0): d_W_r must be 0, since the candidate is not "
        "used.",
        "the-code",
    ),
    # The check of a gradient
    "never-flags": (
        "The checker passes every gradient",
        "A check that cannot fail proves nothing. Often the gradient is compared with itself, or the result of the "
        "comparison is never used. To see it, hand your checker a gradient times 2.",
        "three-ways-to-check",
    ),
    "never-passes": (
        "The checker blames every gradient",
        "Often both shifted points are the same array (above = x is another name for x, not a copy), so that the "
        "difference is 0. To see it, print your numbers beside gradient(x) for f(x) = np.sum(x**2).",
        "three-ways-to-check",
    ),
    "one-sided-difference": (
        "A one-sided difference",
        "(f(x + eps) - f(x)) / eps is off by eps/2 times the second derivative; in the central difference that term "
        "cancels. To see it, halve eps where f bends: the error halves, where that of the central one quarters.",
        "three-ways-to-check",
    ),
    "step-too-small": (
        "The step is too small",
        "f(x) has about 16 digits. The smaller the step, the fewer of them are left in the difference, and the "
        "division "
        "by 2 eps makes the rest large. To see it, add 100000 to f: the derivative stays, but your numbers become "
        "noise.",
        "three-ways-to-check",
    ),
    "step-too-large": (
        "The step is too large",
        "The central difference is off by eps²/6 times the third derivative, so at eps = 0.1 by about a thousandth. "
        "To see it, make eps ten times smaller: the error falls to a hundredth.",
        "three-ways-to-check",
    ),
    "divided-by-one-step": (
        "Divided by eps instead of 2 eps",
        "From x - eps to x + eps it is two steps. "
        "To see it, print your numbers beside gradient(x) for f(x) = np.sum(x**2): they are twice as large.",
        "three-ways-to-check",
    ),
    "difference-turned-round": (
        "The difference is taken the wrong way round",
        "The slope is what f gains upwards: f(x + eps) - f(x - eps). "
        "To see it, print your numbers beside gradient(x) for f(x) = np.sum(x**2): their signs differ.",
        "three-ways-to-check",
    ),
    "limit-too-loose": (
        "The limit is too loose",
        "A central difference in float64 agrees with a right gradient to many digits; a limit of a hundredth passes an "
        "error of a thousandth. To see it, print the largest relative error of a right gradient.",
        "three-ways-to-check",
    ),
    "limit-has-a-unit": (
        "The limit is absolute",
        "Whether an error of 1e-6 is small depends on the gradient beside it, and np.allclose has an absolute limit of "
        "its own, atol = 1e-8. Divide by the size of the gradient. To see it, multiply f and gradient by 1e-10.",
        "three-ways-to-check",
    ),
    "sign-of-error": (
        "Errors of one sign pass",
        "claimed - found <= limit holds for any claim that is too small. The size of the difference counts: np.abs. "
        "To see it, hand your checker a gradient from which you have subtracted 1.",
        "three-ways-to-check",
    ),
    "sizes-compared": (
        "Only the sizes are compared",
        "np.abs has to stand around the difference; around each of the two it hides a wrong sign, the commonest slip "
        "of all. To see it, hand your checker -gradient(x).",
        "three-ways-to-check",
    ),
    "first-entry-decides": (
        "Only the first entry is looked at",
        "Often return True stands inside the loop: a function returns once. "
        "To see it, hand your checker a gradient that is wrong in its last entry.",
        "three-ways-to-check",
    ),
    "last-entry-decides": (
        "Only the last entry counts",
        "Often the loop overwrites the result of the entry before, ok = ..., where it must keep it, ok = ok and ... "
        "To see it, hand your checker a gradient that is wrong in its first entry.",
        "three-ways-to-check",
    ),
    "one-right-entry-suffices": (
        "One right entry is enough",
        "np.any asks whether some entry is right; all of them must be. "
        "To see it, hand your checker a gradient that is wrong in one entry of two.",
        "three-ways-to-check",
    ),
    "all-entries-at-once": (
        "All entries are moved at once",
        "f(x + eps) - f(x - eps) is the sum of all entries of the gradient, in which errors may cancel. Move one entry "
        "at a time. To see it, add 1 to one entry of a right gradient and subtract it from another.",
        "three-ways-to-check",
    ),
    "step-not-taken-back": (
        "A step is not taken back before the next entry",
        "If the shifted points are made once, before the loop, then entry 2 is moved together with entry 1. "
        "To see it, look at f(x) = np.sum(x): your numbers grow from entry to entry.",
        "three-ways-to-check",
    ),
    "zero-over-zero": (
        "Division by zero where a derivative is 0",
        "0 / 0 is NaN, and a comparison with NaN is never true, so a right gradient with a 0 in it is blamed. "
        "Multiply the limit by the size instead, or keep the divisor from 0. To see it, let f ignore an entry of x.",
        "three-ways-to-check",
    ),
    "large-entries-hide-small": (
        "Large entries hide a wrong small one",
        "The norm of the error over the norm of the gradient judges the array as a whole. Compare entry by entry, or "
        "set a much stricter limit. To see it, let the slopes be 1000 and 1, and be wrong in the second.",
        "three-ways-to-check",
    ),
    # What a derivative means
    "gates-in-candidate-only": (
        "The gates are held fixed",
        "r_t and z_t depend on h_prev too, so their paths belong to the total derivative. What you have is the direct "
        "path plus the candidate's. To see it, nudge h_prev, compute all four lines anew, and look at h_t.",
        "total-and-partial",
    ),
    "partial-for-total": (
        "The partial derivative for the total one",
        "1 - z is the slope of the last line with z_t and n_t held fixed. Both follow from h_prev, and the total "
        "derivative adds what comes through them. To see it, nudge h_prev and compute all four lines anew.",
        "total-and-partial",
    ),
    "stored-values-are-constant": (
        "Stored values are taken for constants",
        "The forward stored numbers so that the slopes can be computed at them; what they depend on has not changed. "
        "If z_t were a constant, W_z could never learn. To see it, nudge h_prev and compute all four lines anew.",
        "total-and-partial",
    ),
    "paths-multiplied": (
        "Paths are multiplied instead of added",
        "Along one path the slopes are multiplied, and the paths are added: each contributes a change of its own to "
        "h_t. To see it, let z_t be 1: the direct path gives 0, yet h_t still follows h_prev through the candidate.",
        "the-state-before",
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


def _valued(mistake_id: str, value: float | str) -> Mistake:
    """The misconception of that id, as the number or the expression that it leads to."""
    title, why, anchor = TEXTS[mistake_id]
    return Mistake(mistake_id, title, why, f"{CHAPTER}#{anchor}", value=value)


def _acting(mistake_id: str, function: Any) -> Mistake:
    """The misconception of that id, as the answer that it leads to."""
    title, why, anchor = TEXTS[mistake_id]
    return Mistake(mistake_id, title, why, f"{CHAPTER}#{anchor}", function=function)


AGAIN = "1 / (1 + np.exp(-z_t))"
"""The update gate, squashed once more."""
D_A_Z, D_A_N = "d_z * z_t * (1 - z_t)", "d_n * (1 - n_t**2)"

SHARED = {
    mistake.id: mistake
    for mistake in (
        _mistake("tanh-derivative-missing", (D_A_N, "d_n")),
        _mistake("tanh-derivative-twice", (D_A_N, "d_n * (1 - n_t**2) ** 2")),
        _mistake("tanh-derivative-unsquared", (D_A_N, "d_n * (1 - n_t)")),
        _mistake("candidate-not-weighted", ("d_n = d_h_t * z_t", "d_n = d_h_t")),
        _mistake("blend-sign", ("n_t - h_prev", "h_prev - n_t")),
        _mistake("blend-candidate-only", ("(n_t - h_prev)", "n_t")),
        _mistake("direct-weighted-z", ("d_h_t * (1 - z_t)", "d_h_t * z_t * 1")),
        _mistake("direct-not-weighted", ("d_h_t * (1 - z_t)", "d_h_t * 1")),
        _mistake(
            "other-convention",
            ("n_t - h_prev", "h_prev - n_t"),
            ("d_n = d_h_t * z_t", "d_n = d_h_t - d_h_t * z_t"),
            ("d_h_t * (1 - z_t)", "d_h_t * z_t * 1"),
        ),
    )
}
"""They fit the source of 06.2 and of 06.3 alike."""

LAST_LINE_MISTAKES = (
    _mistake("sigmoid-derivative-missing", (D_A_Z, "d_z")),
    _mistake("sigmoid-derivative-twice", (D_A_Z, "d_z * (z_t * (1 - z_t)) ** 2")),
    _mistake("sigmoid-derivative-squashed-again", (D_A_Z, f"d_z * {AGAIN} * (1 - {AGAIN})")),
    _mistake("sigmoid-derivative-half", (D_A_Z, "d_z * (1 - z_t)")),
    _mistake("tanh-derivative-on-gate", (D_A_Z, "d_z * (1 - z_t**2)")),
    *SHARED.values(),
    _mistake("tanh-derivative-squashed-again", (D_A_N, "d_n * (1 - np.tanh(n_t) ** 2)")),
    _mistake("sigmoid-derivative-on-candidate", (D_A_N, "d_n * n_t * (1 - n_t)")),
    _mistake("candidate-weighted-by-rest", ("d_n = d_h_t * z_t", "d_n = d_h_t - d_h_t * z_t")),
    _mistake("blend-sum", ("n_t - h_prev", "n_t + h_prev")),
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
    _mistake("direct-path-missing", ("d_h_t * (1 - z_t) + ", "")),
    SHARED["blend-sign"],
    SHARED["tanh-derivative-missing"],
    _mistake("sigmoid-derivative-missing", (D_A_Z, "d_z"), (D_A_R, "d_r")),
    _mistake(
        "recurrent-transposed",
        ("d_rhx = d_a_n @ W\n", f"d_rhx = {_back_transposed('d_a_n', 'W')[1]}\n"),
        _back_transposed("d_a_r", "W_r"),
        _back_transposed("d_a_z", "W_z"),
    ),
    _mistake("candidate-path-missing", ("d_rh * r_t + ", "")),
    _mistake("candidate-path-without-reset", ("d_rh * r_t", "d_rh")),
    _mistake("gates-held-fixed", (" + d_hx[:, :H]", "")),
    _mistake("recurrent-paths-missing", (D_H_PREV, "d_h_t * (1 - z_t)")),
    _mistake("update-gate-path-missing", (" + d_a_z @ W_z", "")),
    _mistake("reset-gate-path-missing", ("d_a_r @ W_r + ", "")),
    _mistake("candidate-weight-reads-whole-state", ("d_a_n.T @ rhx", "d_a_n.T @ hx")),
    _mistake("bias-mean", *((f"d_a_{gate}.sum(axis=0)", f"d_a_{gate}.mean(axis=0)") for gate in "rzn")),
    _mistake(
        "batch-mean",
        *((f"d_a_{gate}.sum(axis=0)", f"d_a_{gate}.mean(axis=0)") for gate in "rzn"),
        *((f"d_a_{gate}.T @", f"d_a_{gate}.T / len(h_prev) @") for gate in "rzn"),
    ),
    _mistake("reset-gradient-without-state", ("d_r = d_rh * h_prev", "d_r = d_rh")),
    _mistake("reset-gradient-zero", (D_A_R, "np.zeros_like(d_r)")),
    _mistake("reset-gradient-without-weights", ("d_r = d_rh * h_prev", "d_r = d_a_n * h_prev")),
    SHARED["blend-candidate-only"],
    SHARED["candidate-not-weighted"],
    SHARED["direct-weighted-z"],
    SHARED["direct-not-weighted"],
    SHARED["other-convention"],
    _mistake(
        "reset-after",
        ("d_r = d_rh * h_prev", "d_r = d_a_n * (h_prev @ W[:, :H].T)"),
        ("+ d_rh * r_t", "+ (d_a_n * r_t) @ W[:, :H]"),
        ("d_a_n.T @ rhx", "np.concatenate([(d_a_n * r_t).T @ h_prev, d_a_n.T @ x_t], axis=1)"),
    ),
    _mistake("input-through-candidate-only", (" + d_hx[:, H:]", "")),
    _mistake("input-through-gates-only", ("d_rhx[:, H:] + ", "")),
    SHARED["tanh-derivative-twice"],
    SHARED["tanh-derivative-unsquared"],
    _mistake(
        "sigmoid-derivative-twice",
        (D_A_Z, "d_z * (z_t * (1 - z_t)) ** 2"),
        (D_A_R, "d_r * (r_t * (1 - r_t)) ** 2"),
    ),
    _mistake(
        "weight-transposed-as-in-forward",
        ("d_a_n @ W\n", "d_a_n @ W.T\n"),
        ("d_a_r @ W_r", "d_a_r @ W_r.T"),
        ("d_a_z @ W_z", "d_a_z @ W_z.T"),
    ),
    _mistake(
        "input-before-state",
        ("[h_prev, x_t]", "[x_t, h_prev]"),
        ("[r_t * h_prev, x_t]", "[x_t, r_t * h_prev]"),
        ("d_rhx[:, :H]", "d_rhx[:, -H:]"),
        ("d_hx[:, :H]", "d_hx[:, -H:]"),
        ("d_rhx[:, H:] + d_hx[:, H:]", "d_rhx[:, :-H] + d_hx[:, :-H]"),
    ),
    _mistake("gate-weights-read-reset-state", ("d_a_r.T @ hx", "d_a_r.T @ rhx"), ("d_a_z.T @ hx", "d_a_z.T @ rhx")),
    _mistake("bias-not-summed", *((f"d_a_{gate}.sum(axis=0)", f"d_a_{gate}") for gate in "rzn")),
    _mistake(
        "weight-gradient-transposed",
        ("d_a_r.T @ hx", "hx.T @ d_a_r"),
        ("d_a_z.T @ hx", "hx.T @ d_a_z"),
        ("d_a_n.T @ rhx", "rhx.T @ d_a_n"),
    ),
    _mistake(
        "gates-swapped",
        (f"return d_h_prev, d_x_t, {RETURN}", "return d_h_prev, d_x_t, d_W_z, d_b_z, d_W_r, d_b_r, d_W, d_b"),
    ),
)
"""The most common first: pairs are tried in this order, and the time for them is short."""


def _all_entries_at_once(f: Any, gradient: Any, x: Array) -> bool:
    found = (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
    return bool(np.abs(gradient(x).sum() - found) <= 1e-4 * np.abs(found))


def _step_not_taken_back(f: Any, gradient: Any, x: Array) -> bool:
    above, below, found = x.copy(), x.copy(), np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above[index] += 1e-5
        below[index] -= 1e-5
        found[index] = (f(above) - f(below)) / 2e-5
    claimed = gradient(x)
    return bool(np.all(np.abs(claimed - found) <= 1e-4 * np.maximum(np.abs(claimed), np.abs(found))))


FOUND = "found[index] = (f(above) - f(below)) / (2 * eps)"
LIMIT = "1e-4 * size + 1e-8 * size.max()"
COMPARED = "np.abs(claimed - found) <= limit"

# A checker answers True or False, so two mistakes together are seldom to be told from one of them. Those of which that
# was measured are functions: the engine forms no pairs with them.
CHECK_MISTAKES = (
    _acting("never-flags", lambda f, gradient, x: True),
    _acting("never-passes", lambda f, gradient, x: False),
    _mistake("one-sided-difference", (FOUND, "found[index] = (f(above) - f(x)) / eps")),
    _mistake("step-too-small", ("eps = 1e-5", "eps = 1e-9")),
    _mistake("step-too-large", ("eps = 1e-5", "eps = 0.1")),
    _mistake("divided-by-one-step", ("(2 * eps)", "eps")),
    _mistake("difference-turned-round", ("f(above) - f(below)", "f(below) - f(above)")),
    _mistake("limit-too-loose", (LIMIT, "1e-2 * size")),
    _mistake("limit-has-a-unit", (LIMIT, "1e-4 * size + 1e-8")),
    _mistake("sign-of-error", (COMPARED, "claimed - found <= limit")),
    _mistake("sizes-compared", (COMPARED, "np.abs(np.abs(claimed) - np.abs(found)) <= limit")),
    _mistake("first-entry-decides", (f"np.all({COMPARED})", f"({COMPARED}).flat[0]")),
    _mistake("last-entry-decides", (f"np.all({COMPARED})", f"({COMPARED}).flat[-1]")),
    _mistake("one-right-entry-suffices", (f"np.all({COMPARED})", f"np.any({COMPARED})")),
    _acting("all-entries-at-once", _all_entries_at_once),
    _acting("step-not-taken-back", _step_not_taken_back),
    _mistake(
        "zero-over-zero",
        (
            f"return bool(np.all({COMPARED}))",
            "with np.errstate(invalid='ignore'):\n        return bool(np.all(np.abs(claimed - found) / size <= 1e-4))",
        ),
    ),
    _mistake(
        "large-entries-hide-small",
        (f"np.all({COMPARED})", "np.linalg.norm(claimed - found) <= 1e-4 * np.linalg.norm(found)"),
    ),
)


# ------------------------------------------------------------------------------------------- questions

PRE_ACTIVATION = ExpressionQuestion(
    id="06.1",
    name="d_a_z",
    title="The update gate's pre-activation, on paper",
    equation=r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t, \qquad z_t = \sigma(a_z)",
    section=f"{CHAPTER}#the-update-gate-backwards",
    points=2,
    expected="d_h_t * (n - h_prev) * z * (1 - z)",
    symbols={
        "z": "the update gate", "n": "the candidate", "h_prev": "the state before", "d_h_t": "dL/dh_t",
    },
    ranges={"z": (0.1, 0.9), "n": (-0.9, 0.9)},
    hints=(
        "Two links: h_t depends on z, and z depends on a_z. Find the slope of each, and multiply both with what "
        "arrives.",
        "Write the last line as h_t = h_prev + z (n - h_prev). How fast does it grow with z?",
        "The slope of a sigmoid can be written with its value alone: it is 1/4 where the value is 1/2, and 0 at both "
        "ends.",
    ),
    mistakes=(
        _valued("sigmoid-derivative-missing", "d_h_t * (n - h_prev)"),
        _valued("blend-sign", "d_h_t * (h_prev - n) * z * (1 - z)"),
        _valued("blend-candidate-only", "d_h_t * n * z * (1 - z)"),
        _valued("blend-state-only", "-d_h_t * h_prev * z * (1 - z)"),
        _valued("blend-sum", "d_h_t * (n + h_prev) * z * (1 - z)"),
        _valued("blend-value", "d_h_t * ((1 - z) * h_prev + z * n) * z * (1 - z)"),
        _valued("gate-weighs-its-own-gradient", "d_h_t * (z * n - h_prev) * z * (1 - z)"),
        _valued("sigmoid-derivative-twice", "d_h_t * (n - h_prev) * (z * (1 - z))**2"),
        _valued("sigmoid-derivative-half", "d_h_t * (n - h_prev) * (1 - z)"),
        _valued("sigmoid-derivative-squashed-again", "d_h_t * (n - h_prev) * sigmoid(z) * (1 - sigmoid(z))"),
        _valued("tanh-derivative-on-gate", "d_h_t * (n - h_prev) * (1 - z**2)"),
        _valued("upstream-missing", "(n - h_prev) * z * (1 - z)"),
    ),
)  # fmt: skip

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
    hints=(
        "Three slopes of the last line: in z, in n and in h_prev, each with the other two held fixed. Each is "
        "multiplied with d_h_t.",
        "Two of the three go one link further, from an activation to its pre-activation. With s = sigmoid(a) the "
        "slope is s (1 - s), with s = tanh(a) it is 1 - s².",
    ),
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
    hints=(
        "Go through the four lines from the last to the first. As soon as the gradient in a pre-activation is known, "
        "its weight and bias are done too.",
        "What comes back through W has H + I columns: the first H belong to the product r_t * h_prev, the others to "
        "x_t. The product has two factors, and each gets its share.",
        "Shapes tell which way round: d_a is (B, H), W is (H, H+I), what W multiplied is (B, H+I). Only one order of "
        "two of them gives (B, H+I), and only one gives (H, H+I).",
    ),
    properties=(
        Property(
            "direct-path",
            "With the update gate shut (z_t = 0) only the direct path is open: d_h_prev = d_h_t.",
            1, _with(z_t=0.0), _part(0),
        ),
        Property(
            "candidate-path",
            "With both gates open (z_t = r_t = 1) only the candidate's path is open, as in a vanilla RNN: d_h_prev is "
            "what comes back through the tanh and the first H columns of W.",
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
        Property("candidate-weight", "d_W is the gradient in the candidate's weight.", 1, view=_part(6)),
        Property("gate-weights", "d_W_r and d_W_z are the gradients in the gates' weights.", 1, view=_part(2, 4)),
        Property("biases", "d_b_r, d_b_z and d_b are the gradients in the biases.", 1, view=_part(3, 5, 7)),
        _unchanged(1),
    ),
    mistakes=STEP_MISTAKES,
)  # fmt: skip

CHECK = FunctionQuestion(
    id="06.4",
    name="check_gradient",
    title="Is a gradient right?",
    signature="check_gradient(f, gradient, x) -> True or False",
    equation=r"\frac{\partial f}{\partial x_i} \approx \frac{f(x + \epsilon e_i) - f(x - \epsilon e_i)}{2 \epsilon}",
    section=f"{CHAPTER}#three-ways-to-check",
    returns=("verdict",),
    inputs=Inputs(CLAIM_SIZES, _claim_inputs),
    oracle=_is_gradient,
    hints=(
        "np.ndindex(x.shape) goes through all entries of an array of any shape.",
        "For each entry make two copies of x, move that one entry up in the first and down in the second, and store "
        "the slope in an array shaped as x. Compare after the loop.",
        "Let the limit of an entry grow with the larger of its two sizes, claimed and found; a small share of the "
        "largest entry may be added to it, never a fixed number.",
    ),
    properties=(
        Property("all-entries", "A gradient that is wrong in every entry (sign, or factor 2) is told from a right one.",
                 2, _smooth, holds=_verdict),
        Property("one-entry", "A gradient that is wrong in one entry, or in two, is told from a right one.",
                 1, _one_entry, holds=_verdict),
        Property("thousandth", "A gradient with an entry that is off by a thousandth is told from a right one.",
                 1, _thousandth, holds=_verdict),
        Property("beside-large", "One wrong entry among others a thousand times as large is found.",
                 1, _beside_large, holds=_verdict),
        Property("valley", "In narrow valleys and on ridges, where the slope changes fast, right is told from wrong.",
                 1, _valley, holds=_verdict),
        Property("large-constant", "A constant of 100000 in the loss, which changes no derivative, changes no verdict.",
                 1, _large_constant, holds=_verdict),
        Property("zero-entries", "Where f ignores entries of x, their derivative 0 passes, and another does not.",
                 1, _flat, holds=_verdict),
        Property("other-unit", "A loss in another unit, 1e-10 of what it was, changes no verdict.",
                 1, _other_unit, holds=_verdict),
        _unchanged(1, _smooth),
    ),
    mistakes=CHECK_MISTAKES,
)  # fmt: skip

FRIEND = ChoiceQuestion(
    id="06.5",
    name="friend",
    title="What is 1 − z?",
    equation=r"\frac{\partial h_t}{\partial h_{t-1}} = 1 - z_t",
    section=f"{CHAPTER}#total-and-partial",
    points=1,
    hints=("Nudge the old state, and compute all four lines anew. Which letters of the last line have moved?",),
    options=(
        Option(
            "a",
            "It is right. The last line is the only one that makes the new state, and in it the old state has the "
            "factor "
            "1 − z.",
            TEXTS["partial-for-total"][1],
            mistake="partial-for-total",
        ),
        Option(
            "b",
            "It is right. A backward reads z, r and n from what the forward kept, and stored numbers are constants.",
            TEXTS["stored-values-are-constant"][1],
            mistake="stored-values-are-constant",
        ),
        Option(
            "c",
            "It is the slope with z and n held fixed. Both depend on the old state themselves, and the total "
            "derivative "
            "adds what comes through them.",
            "1 − z is the slope of one line, the partial derivative. A loss depends on the old state by all four "
            "paths, "
            "and at z = 0.9 the three others can be the larger part.",
            right=True,
        ),
        Option(
            "d",
            "It is one factor of the total derivative. The candidate's path and the gates' paths give three more, and "
            "the four are multiplied.",
            TEXTS["paths-multiplied"][1],
            mistake="paths-multiplied",
            section=f"{CHAPTER}#the-state-before",
        ),
        Option(
            "e",
            "Only the candidate's path is missing. The gates scale what flows, and what scales has no derivative of "
            "its own.",
            TEXTS["gates-in-candidate-only"][1],
            mistake="gates-in-candidate-only",
        ),
    ),
)

PENCIL = NumberQuestion(
    id="06.6",
    name="total_derivative",
    title="With a pencil",
    equation=r"\frac{\mathrm{d} h_t}{\mathrm{d} h_{t-1}}",
    section=f"{CHAPTER}#one-step-with-a-pencil",
    points=2,
    expected=_pencil(),
    rtol=0.0,
    atol=1e-3,
    hints=(
        "The four paths: direct, through z, through r * h straight to h, and through r * h to r and then to h.",
        "Begin with the three slopes of the last line, 1 - z, n - h and z, and carry each on to h_prev.",
        "The slope in a_n is z (1 - n²), and times W's first number it is the slope in r * h. It serves two paths.",
    ),
    mistakes=(
        _valued("partial-for-total", _pencil(z=0, s=0, r=0)),
        _valued("gates-in-candidate-only", _pencil(z=0, r=0)),
        _valued("update-gate-path-missing", _pencil(z=0)),
        _valued("reset-gate-path-missing", _pencil(r=0)),
        _valued("candidate-path-missing", _pencil(s=0)),
        _valued("candidate-path-without-reset", _pencil(s=1 / 0.5)),
        _valued("direct-path-missing", _pencil(direct=0)),
        _valued("blend-sign", _pencil(z=-1)),
        _valued("tanh-derivative-missing", _pencil(s=1 / (1 - np.tanh(0.5) ** 2), r=1 / (1 - np.tanh(0.5) ** 2))),
    ),
)

exercise = Exercise(
    id=CHAPTER, title="The GRU backward", questions=(PRE_ACTIVATION, BLEND, STEP, CHECK, FRIEND, PENCIL)
)
