"""Chapter 08's exercise: from a PyTorch file to the equations, and where that ends.

Every oracle is the package itself: its converter for the gates, and its cell, run with the reset in both places, for
the question whether the two agree. Inputs are drawn so that no size, zero or equality hides a mistake: I and H differ,
both biases count, weights of the state are missing in one direction only, and gates stand at 0, at 1 and between.
"""

# ruff: noqa: E741  (I is the input size, as in the book)

from __future__ import annotations

from typing import Any

import numpy as np

from gru_book import GRUParams, convert
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
)
from gru_book.numpy_backend import gru_cell
from gru_book.params import init_params

Array = np.ndarray[Any, Any]
CHAPTER = "08_conventions"

FILE_SIZES = {"I": (1, 3), "H": (1, 4)}
UNIT_SIZES = {"H": (1, 4)}
LEVELS = np.array([0.2, 0.3, 0.5, 0.8])
"""Where a gate can stand besides 0 and 1."""


# ---------------------------------------------------------------------------------------------- inputs


def _file_inputs(rng: np.random.Generator, I: int, H: int) -> Args:
    shapes = {"weight_ih": (3 * H, I), "weight_hh": (3 * H, H), "bias_ih": (3 * H,), "bias_hh": (3 * H,)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def _gate_inputs(rng: np.random.Generator, H: int) -> Args:
    """U joins some units, in one direction or both; the rows of r are gates of every kind."""
    U = np.where(rng.random((H, H)) < 0.4, rng.choice([-1.0, 1.0], (H, H)) * rng.uniform(0.5, 1.0, (H, H)), 0.0)
    if H > 1:
        i, j, *others = rng.permutation(H)
        U[i, j], U[j, i] = rng.uniform(0.5, 1.0), 0.0  # i reads j, and j does not read i
        for alone in others[:1]:  # reads itself only, and nobody reads it: a group of its own, with another gate
            U[alone], U[:, alone] = U[alone] * (np.arange(H) == alone), U[:, alone] * (np.arange(H) == alone)
    b_hn = np.where(rng.random(H) < 0.3, rng.uniform(0.5, 1.0, H), 0.0)
    return {"U": U, "b_hn": b_hn, "r": _gates(rng, U)}


def _gates(rng: np.random.Generator, U: Array) -> Array:
    """(7, H): equal ones at 0, at 1 and between; one per group of joined units; one that stands out; two at random."""
    H = len(U)
    level = rng.choice(LEVELS)
    stands_out = np.full(H, level)
    stands_out[rng.integers(H)] = 1.0
    by_group = rng.permutation([*LEVELS, 1.0])[_groups(U)]  # another gate for each group
    anywhere = [rng.choice([0.0, *LEVELS, 1.0], size=H) for _ in range(2)]
    return np.stack([np.zeros(H), np.ones(H), np.full(H, level), by_group, stands_out, *anywhere])


def _groups(U: Array) -> Array:
    """A number for each unit, (H,), the same for all units that are joined directly or by others."""
    group = np.arange(len(U))
    for _ in group:
        for i, j in zip(*np.nonzero(U), strict=True):
            group[group == max(group[i], group[j])] = min(group[i], group[j])
    return group


# -------------------------------------------------------------------- the cases that properties are about


def _no_bias(args: Args) -> Args:
    return {**args, "b_hn": np.zeros_like(args["b_hn"])}


def _one_gate(args: Args) -> Args:
    """One gate for all units, and a bias in the first."""
    b_hn = args["b_hn"].copy()
    b_hn[0] = b_hn[0] or 0.7
    return {**args, "b_hn": b_hn, "r": np.repeat(args["r"][:, :1], len(b_hn), axis=1)}


def _part(index: int) -> Any:
    """A view of one returned array."""
    return lambda args, output: output[index]


def _unchanged() -> Property:
    return Property(UNCHANGED, "The arguments are left as they were: nothing is changed in place.", 1)


# --------------------------------------------------------------------------------------------- oracles


def _book_gates(weight_ih: Array, weight_hh: Array, bias_ih: Array, bias_hh: Array) -> tuple[Array, ...]:
    arrays = {"weight_ih": weight_ih, "weight_hh": weight_hh, "bias_ih": bias_ih, "bias_hh": bias_hh}
    gru = convert.from_torch({f"{name}_l0": array for name, array in arrays.items()})
    return gru.replace(reset_after=False).concatenated()[:4]  # the gates do not depend on where the reset is


def _resets_agree(U: Array, b_hn: Array, r: Array) -> Array:
    """By the cell: the difference is affine in h, so that h = 0 and the H unit vectors decide."""
    H = len(b_hn)
    states = np.concatenate([np.zeros((1, H)), np.eye(H)])
    weight_hh, weight_ih = np.concatenate([np.zeros((2 * H, H)), U]), np.zeros((3 * H, 1))
    bias_hh = np.concatenate([np.zeros(2 * H), b_hn])
    verdicts = []
    for gate in r:
        with np.errstate(divide="ignore"):  # a gate at 0 or 1 has an infinite pre-activation
            bias_ih = np.concatenate([np.log(gate) - np.log1p(-gate), np.zeros(2 * H)])
        before, after = (
            gru_cell(GRUParams(weight_ih, weight_hh, bias_ih, bias_hh, flag), np.zeros((H + 1, 1)), states)
            for flag in (False, True)
        )
        verdicts.append(np.abs(after - before).max() < 1e-9)
    return np.array(verdicts)


def _idle(input_size: int, hidden_size: int) -> int:
    """How many biases become zero when all that can merge are merged: those that Flax's cell does not have."""
    params = init_params(np.random.default_rng(0), input_size, hidden_size, reset_after=True)
    merged = convert.from_flax(convert.to_flax(params)).bias_hh
    assert merged is not None
    return int((merged == 0).sum())


# -------------------------------------------------------------------------------------------- mistakes
# id: (title, why and how to see it, heading of the chapter)

TEXTS = {
    "z-not-negated": (
        "The other z is taken over as it is",
        "The file's gate weights the old state, the book's the candidate: z = 1 - z'. Handed on unchanged, the model "
        "keeps what it should rewrite. To see it, look at a file of one unit with a large b_iz: the book's z must be "
        "near 0.",
        "the-sign-of-z",
    ),
    "z-bias-not-negated": (
        "The bias of z keeps its sign",
        "1 - sigmoid(a) = sigmoid(-a), and a is the whole sum: the weights and the bias. To see it, set all weights to "
        "0: the bias alone must turn the gate round.",
        "the-sign-of-z",
    ),
    "z-weights-not-negated": (
        "The weights of z keep their sign",
        "1 - sigmoid(a) = sigmoid(-a), and a is the whole sum: the weights and the bias. To see it, set the biases to "
        "0: the weights alone must turn the gate round.",
        "the-sign-of-z",
    ),
    "r-negated-too": (
        "The reset gate is turned round as well",
        "Both libraries agree on the reset gate: r = 1 shows the old state. Only z has two meanings. To see it, a file "
        "with a large b_ir must give an open reset gate.",
        "the-sign-of-z",
    ),
    "r-negated-for-z": (
        "The wrong gate is turned round",
        "It is the update gate that weights something else in the file, not the reset gate. To see it, compare each "
        "result with the file's rows: r must be unchanged, z negated.",
        "the-sign-of-z",
    ),
    "one-minus-weights": (
        "1 minus the parameters",
        "The gate becomes 1 - z, which is not the gate of 1 - W and 1 - b. By sigmoid's symmetry the sum inside must "
        "be negated. To see it, a file of zeros must give zeros.",
        "the-sign-of-z",
    ),
    "rows-z-first": (
        "The rows are read in the order z, r, n",
        "That is the order of Keras and ONNX. In a PyTorch file the first block is r. To see it, fill each block of "
        "rows with one number.",
        "the-order-of-the-rows",
    ),
    "rows-n-for-z": (
        "The candidate's rows are taken for those of z",
        "The blocks are r, z, n: z is the middle one. To see it, fill each block of rows with one number.",
        "the-order-of-the-rows",
    ),
    "input-columns-first": (
        "The columns stand in the order [x, h]",
        "The equations multiply [h, x], so the state's H columns come first, then the input's I. Both orders have "
        "H + I columns. To see it, set weight_ih to 0: the last I columns must be 0.",
        "one-matrix-or-two",
    ),
    "only-input-bias": (
        "bias_hh is left out",
        "Both biases are added to the same sum, so the one bias of the equations is their sum. To see it, set bias_ih "
        "to 0: the gates must still have a bias.",
        "one-bias-or-two",
    ),
    "only-state-bias": (
        "bias_ih is left out",
        "Both biases are added to the same sum, so the one bias of the equations is their sum. To see it, set bias_hh "
        "to 0: the gates must still have a bias.",
        "one-bias-or-two",
    ),
    "mean-bias": (
        "The biases are averaged",
        "Two biases that are added to one sum become their sum, not their mean. To see it, take 1 and 3: the sum in "
        "the gate grows by 4.",
        "one-bias-or-two",
    ),
    "gates-all-equal": (
        "All units are asked for the same gate",
        "That is enough, but too much: units i and j must share a gate only where U_ij is not 0. To see it, take U "
        "diagonal with two different gates: the two resets agree.",
        "when-the-two-agree",
    ),
    "open-only": (
        "Only an open gate counts",
        "At r = 1 they agree, but not only there: without a bias any gate that is the same in all units does as well. "
        "To see it, take r = 0.5 in every unit and b_hn = 0.",
        "when-the-two-agree",
    ),
    "diagonal-only": (
        "Only a diagonal U counts",
        "Units may read each other where their gates are equal. To see it, take a full U and r = 0.5 in every unit "
        "with b_hn = 0: the two agree.",
        "when-the-two-agree",
    ),
    "bias-ignored": (
        "The bias is not looked at",
        "b_hn stands outside the gate in one case and inside it in the other: (r_i - 1) b_hn,i must vanish too. To "
        "see it, take h = 0.",
        "reset-before-and-after",
    ),
    "bias-must-vanish": (
        "The bias is asked to be 0 even where the gate is open",
        "(r_i - 1) b_hn,i vanishes at r_i = 1 for any bias. To see it, take r = 1 in every unit: there is no reset at "
        "all, and both agree whatever b_hn is.",
        "when-the-two-agree",
    ),
    "bias-at-shut-gate": (
        "The bias is allowed where the gate is shut",
        "At r_i = 0 the reset after drops b_hn,i and the reset before keeps it: there they differ most. The bias is "
        "free at r_i = 1. To see it, take h = 0.",
        "when-the-two-agree",
    ),
    "one-direction": (
        "Only the part of U above the diagonal is looked at",
        "Unit 2 can read unit 1 while unit 1 does not read unit 2. Both U_12 and U_21 count. To see it, take "
        "U = [[0, 0], [1, 0]] with r = [1, 0].",
        "when-the-two-agree",
    ),
    "both-directions": (
        "Only pairs that read each other are looked at",
        "U_ij alone is enough to make unit i differ, whether or not j reads i as well. To see it, take "
        "U = [[0, 1], [0, 0]] with r = [1, 0].",
        "when-the-two-agree",
    ),
    "either-condition": (
        "One of the two conditions is taken to be enough",
        "The units' part and the bias' part of the difference must both vanish, since at h = 0 the bias is alone. To "
        "see it, take r = 0.5 in every unit with a bias.",
        "when-the-two-agree",
    ),
    "some-unit": (
        "One unit that agrees is taken to be enough for the bias",
        "They must agree in every unit: all, not any. To see it, give a bias to one of two units and let r be 0.5.",
        "when-the-two-agree",
    ),
    "before-minus-after": (
        "Before minus after",
        "The sign is the other way round: after comes first. To see it, take h = 0 and r_1 = 0: after has nothing of "
        "the bias, before has all of it, so the difference is -b.",
        "reset-before-and-after",
    ),
    "difference-without-bias": (
        "The bias is missing",
        "After the product the gate multiplies the bias as well, before it does not: (r_1 - 1) b remains. To see it, "
        "take h = 0.",
        "reset-before-and-after",
    ),
    "bias-scaled-in-both": (
        "The bias is not subtracted",
        "Before the product b stands outside the gate: it appears once with r_1 and once without, r_1 b - b. To see "
        "it, take r = 1: the difference must vanish.",
        "reset-before-and-after",
    ),
    "gates-exchanged": (
        "The two gates are exchanged",
        "Before, each old state has the gate of the unit that is read, r_2 h_2; after, the sum has the gate of the "
        "unit that reads, r_1. To see it, take r = (1, 0): after lets unit 2 through, before does not.",
        "reset-before-and-after",
    ),
    "own-term-kept": (
        "The unit's own term is taken to differ",
        "U_11 h_1 has the gate r_1 in both: its own gate as the one that is read, and as the one that reads. To see "
        "it, take one unit without a bias: both places agree.",
        "reset-before-and-after",
    ),
    "after-alone": (
        "The reset after alone",
        "That is one of the two; the other has to be subtracted. To see it, take r = 1: the difference must vanish.",
        "reset-before-and-after",
    ),
    "idle-candidate-too": (
        "The candidate's second bias is counted as idle",
        "b_hn stands inside the reset: b_in + r * b_hn changes with r, and no single bias does that. Only those of r "
        "and z merge.",
        "one-bias-or-two",
    ),
    "idle-one-gate": (
        "Only one gate is counted",
        "The update gate has two biases in one sum as well.",
        "one-bias-or-two",
    ),
    "idle-none": (
        "No parameter is idle",
        "In r and z the two biases are added to the same sum: any pair with the same sum is the same function.",
        "one-bias-or-two",
    ),
    "idle-both-biases": (
        "Both biases of a gate are counted",
        "One of the two must stay, or the gate has no bias at all.",
        "one-bias-or-two",
    ),
    "idle-by-input-size": (
        "I is taken for the size of a bias",
        "A bias has an entry for each unit, H, whether it is added with the input or with the state.",
        "one-bias-or-two",
    ),
    "idle-all-biases": (
        "All biases are counted",
        "Without any bias the gates would always be one half at h = 0 and x = 0. One bias a gate has to stay, and "
        "b_hn as well.",
        "one-bias-or-two",
    ),
}  # fmt: skip


def _mistake(name: str, *patch: tuple[str, str]) -> Mistake:
    title, why, anchor = TEXTS[name]
    return Mistake(name, title, why, f"{CHAPTER}#{anchor}", patch=patch)


def _valued(name: str, value: float | str) -> Mistake:
    title, why, anchor = TEXTS[name]
    return Mistake(name, title, why, f"{CHAPTER}#{anchor}", value=value)


RETURN = "return W_r, b_r, -W_z, -b_z"
SUM = "b = bias_ih + bias_hh"
UNITS, BIAS = "(U == 0) | same_gate", "(b_hn == 0) | (r == 1)"
BOTH = "units.all(axis=(1, 2)) & bias.all(axis=1)"

FILE_MISTAKES = (
    _mistake("z-not-negated", (RETURN, "return W_r, b_r, W_z, b_z")),
    _mistake("z-bias-not-negated", (RETURN, "return W_r, b_r, -W_z, b_z")),
    _mistake("z-weights-not-negated", (RETURN, "return W_r, b_r, W_z, -b_z")),
    _mistake("input-columns-first", ("[weight_hh, weight_ih]", "[weight_ih, weight_hh]")),
    _mistake("only-input-bias", (SUM, "b = bias_ih")),
    _mistake("only-state-bias", (SUM, "b = bias_hh")),
    _mistake("rows-z-first", ("W_r, b_r = W[:H], b[:H]", "W_z, b_z = W[:H], b[:H]"),
             ("W_z, b_z = W[H : 2 * H], b[H : 2 * H]", "W_r, b_r = W[H : 2 * H], b[H : 2 * H]")),
    _mistake("rows-n-for-z", ("W[H : 2 * H], b[H : 2 * H]", "W[2 * H :], b[2 * H :]")),
    _mistake("r-negated-for-z", (RETURN, "return -W_r, -b_r, W_z, b_z")),
    _mistake("r-negated-too", (RETURN, "return -W_r, -b_r, -W_z, -b_z")),
    _mistake("one-minus-weights", (RETURN, "return W_r, b_r, 1 - W_z, 1 - b_z")),
    _mistake("mean-bias", (SUM, "b = (bias_ih + bias_hh) / 2")),
)  # fmt: skip

AGREE_MISTAKES = (
    _mistake("gates-all-equal", (UNITS, "same_gate")),
    _mistake("bias-ignored", (BOTH, "units.all(axis=(1, 2))")),
    _mistake("bias-must-vanish", (BIAS, "np.broadcast_to(b_hn == 0, r.shape)")),
    _mistake("open-only", (BOTH, "(r == 1).all(axis=1)")),
    _mistake("diagonal-only", (UNITS, "((U == 0) | np.eye(len(U), dtype=bool)) & (r[:, :, None] < 2)")),
    _mistake("bias-at-shut-gate", (BIAS, "(b_hn == 0) | (r == 0)")),
    _mistake("one-direction", (UNITS, "(np.triu(U) == 0) | same_gate")),
    _mistake("both-directions", (UNITS, "(U == 0) | (U.T == 0) | same_gate")),
    _mistake("either-condition", (BOTH, "units.all(axis=(1, 2)) | bias.all(axis=1)")),
    _mistake("some-unit", (BOTH, "units.all(axis=(1, 2)) & bias.any(axis=1)")),
)

DIFFERENCE_MISTAKES = (
    _valued("before-minus-after", "U_12 * (r_2 - r_1) * h_2 + (1 - r_1) * b"),
    _valued("difference-without-bias", "U_12 * (r_1 - r_2) * h_2"),
    _valued("bias-scaled-in-both", "U_12 * (r_1 - r_2) * h_2 + r_1 * b"),
    _valued("gates-exchanged", "U_12 * (r_2 - r_1) * h_2 + (r_1 - 1) * b"),
    _valued("own-term-kept", "U_11 * (r_1 - r_2) * h_1 + U_12 * (r_1 - r_2) * h_2 + (r_1 - 1) * b"),
    _valued("after-alone", "r_1 * (U_11 * h_1 + U_12 * h_2 + b)"),
)

LAYER = (5, 7)
"""I and H in the text of 08.5."""

IDLE_MISTAKES = (
    _valued("idle-candidate-too", 21),
    _valued("idle-one-gate", 7),
    _valued("idle-none", 0),
    _valued("idle-both-biases", 28),
    _valued("idle-by-input-size", 10),
    _valued("idle-all-biases", 42),
)

BETTER_TEST = (
    Option(
        "a",
        "None: the two are the same function, so the fault lies elsewhere.",
        "torch.nn.GRU resets after the product, n = tanh(V x + r * (U h)). That is another function, and no choice of "
        "weights makes them equal.",
        mistake="same-function",
    ),
    Option(
        "b",
        "Two steps instead of one.",
        "Right: from h_0 = 0 there is nothing to reset in the first step, U (r * 0) = r * (U 0) = 0. The second step "
        "starts from a state that is not zero, and the two part.",
        right=True,
    ),
    Option(
        "c",
        "A thousand random inputs instead of a few.",
        "With h = 0 both candidates are tanh(V x), whatever x is. Not the input has to vary, but the state.",
        mistake="more-inputs",
    ),
    Option(
        "d",
        "Float64 instead of float32.",
        "The difference is no rounding error: it is 0 in this test in every precision, and some per cent in use.",
        mistake="rounding",
    ),
    Option(
        "e",
        "One unit, H = 1, and a hundred steps.",
        "With one unit and no bias both are r U h: a number commutes with a number. They agree for ever.",
        mistake="one-unit-is-enough",
    ),
)


# ------------------------------------------------------------------------------------------- questions

exercise = Exercise(
    id=CHAPTER,
    title="Conventions",
    questions=(
        FunctionQuestion(
            id="08.1",
            name="book_gates",
            title="The gates of a PyTorch file",
            signature="book_gates(weight_ih, weight_hh, bias_ih, bias_hh) -> (W_r, b_r, W_z, b_z)",
            equation=r"r_t = \sigma(V_r x_t + b_{ir} + U_r h_{t-1} + b_{hr}), \qquad "
            r"z'_t = \sigma(V_z x_t + b_{iz} + U_z h_{t-1} + b_{hz}), \qquad z_t = 1 - z'_t",
            section=f"{CHAPTER}#the-sign-of-z",
            returns=("W_r", "b_r", "W_z", "b_z"),
            inputs=Inputs(FILE_SIZES, _file_inputs),
            oracle=_book_gates,
            properties=(
                Property(
                    "reset-weights", "W_r has the reset gate's weights, those of the state first.", 1, view=_part(0)
                ),
                Property("reset-bias", "b_r is the one bias that does what the file's two do.", 1, view=_part(1)),
                Property("update-weights", "W_z makes the gate that weights the candidate.", 1, view=_part(2)),
                Property("update-bias", "b_z makes the gate that weights the candidate.", 1, view=_part(3)),
                _unchanged(),
            ),
            mistakes=FILE_MISTAKES,
            hints=(
                "np.split(array, 3) cuts the rows into r, z and n.",
                "U_r h + V_r x is one product of a wider matrix with [h, x]. In which order do its columns stand?",
                "1 - sigmoid(a) = sigmoid(-a). What is a made of, and what must change its sign?",
            ),
        ),
        FunctionQuestion(
            id="08.2",
            name="resets_agree",
            title="Do they agree?",
            signature="resets_agree(U, b_hn, r) -> agree",
            equation=r"\sum_j U_{ij}\, r_j h_j + b_{hn,i} \qquad\text{and}\qquad "
            r"r_i \Bigl( \sum_j U_{ij}\, h_j + b_{hn,i} \Bigr)",
            section=f"{CHAPTER}#when-the-two-agree",
            returns=("agree",),
            inputs=Inputs(UNIT_SIZES, _gate_inputs),
            oracle=_resets_agree,
            properties=(
                Property("units", "Without a bias (b_hn = 0) it is right for every gate.", 2, _no_bias),
                Property(
                    "bias", "With one gate for all units, so that only the bias matters, it is right.", 1, _one_gate
                ),
                Property("both", "For any U, bias and gate it is right.", 1, needs=("units", "bias")),
                _unchanged(),
            ),
            mistakes=AGREE_MISTAKES,
            hints=(
                "Subtract the two and collect the terms with h_j. What is the factor of each, and what is left at "
                "h = 0?",
                "A sum over j with free numbers h_j vanishes for all of them only if each factor does: put a 1 in one "
                "place and zeros in the others.",
                "r[:, :, None] == r[:, None, :] compares each unit's gate with each other's, for all rows at once.",
            ),
        ),
        ExpressionQuestion(
            id="08.3",
            name="after_minus_before",
            title="By how much do they differ?",
            equation=r"a_{n,1}^{\text{after}} - a_{n,1}^{\text{before}}",
            section=f"{CHAPTER}#reset-before-and-after",
            points=2,
            expected="U_12 * (r_1 - r_2) * h_2 + (r_1 - 1) * b",
            symbols={
                "U_11": "the first unit's weight for itself",
                "U_12": "its weight for the second unit",
                "r_1": "the first unit's gate",
                "r_2": "the second's",
                "h_1": "the first unit's old state",
                "h_2": "the second's",
                "b": "the first unit's b_hn",
            },
            ranges={"r_1": (0.1, 0.9), "r_2": (0.1, 0.9), "h_1": (-0.9, 0.9), "h_2": (-0.9, 0.9)},
            mistakes=DIFFERENCE_MISTAKES,
            hints=(
                "Write both out for the first unit: before, each old state has its own gate; after, the whole sum with "
                "the bias, has the first unit's gate.",
                "The terms with U_11 h_1 have the same gate in both.",
            ),
        ),
        ChoiceQuestion(
            id="08.4",
            name="better_test",
            title="The test that would have found it",
            equation=r"n_t = \tanh\bigl(V x_t + U (r_t \odot h_{t-1})\bigr)",
            section=f"{CHAPTER}#two-grus-taken-for-the-same",
            points=1,
            options=BETTER_TEST,
            hints=(
                "Write down what torch.nn.GRU computes for n_t without biases. At which states are the two equal?",
                "The test's state is 0. Which of the changes lets the state be something else, with units to mix?",
            ),
        ),
        NumberQuestion(
            id="08.5",
            name="idle_parameters",
            title="Idle parameters",
            equation=r"r_t = \sigma(V_r x_t + b_{ir} + U_r h_{t-1} + b_{hr}), \qquad "
            r"n_t = \tanh\bigl(V x_t + b_{in} + r_t \odot (U h_{t-1} + b_{hn})\bigr)",
            section=f"{CHAPTER}#one-bias-or-two",
            points=1,
            expected=_idle(*LAYER),
            rtol=0.0,
            unit="parameters",
            mistakes=IDLE_MISTAKES,
            hints=(
                "In r the sum holds b_ir + b_hr. Could b_hr be 0, if b_ir may be anything?",
                "And in n: can b_in do what r * b_hn does, when r changes from step to step?",
            ),
        ),
    ),
)
