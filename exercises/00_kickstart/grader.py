"""Chapter 00's exercise: what a state is, one step with a pencil, bits a letter, and a temperature."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

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
from gru_book.numpy_backend.losses import cross_entropy_backward

Array = np.ndarray[Any, Any]
CHAPTER = "00_kickstart"


# ---------------------------------------------------------------------------------------------- inputs


def _numbers_for_symbols(rng: np.random.Generator, B: int, K: int) -> Args:
    """A temperature that is not near 1, and rows whose largest numbers differ."""
    tau = float(np.round(rng.choice([rng.uniform(0.3, 0.7), rng.uniform(1.6, 3.0)]), 2))
    return {"y": rng.normal(scale=1.5, size=(B, K)) + rng.normal(size=(B, 1)), "tau": tau}


def _first_name(args: Args) -> Args:
    return {**args, "y": args["y"][:1]}


def _first_name_at_one(args: Args) -> Args:
    return {**_first_name(args), "tau": 1.0}


def _large(args: Args) -> Args:
    """The largest numbers of the rows are 2000, 4000, and so on; the differences within a row stay."""
    y = args["y"]
    tops = 2000.0 * np.arange(1, len(y) + 1)[:, None]
    return {**args, "y": y - y.max(axis=1, keepdims=True) + tops}


def _softmax(y: Array, tau: float) -> Array:
    """The package's own: the gradient of the loss in the logits is (softmax - one_hot) / B."""
    first = np.zeros(len(y), dtype=np.int64)
    p = len(y) * cross_entropy_backward(y / tau, first)
    p[:, 0] += 1.0
    return p


# ---------------------------------------------------------------------------------------------- mistakes


def _step(*, h: float = 0.8, r: float = 0.25, z: float = 0.4, a: float | None = None) -> float:
    """00.2 with some of its numbers replaced; a: the candidate's pre-activation."""
    n = math.tanh(2 * r * h + 0.6 - 0.5 if a is None else a)
    return (1 - z) * h + z * n


STEP_MISTAKES = (
    Mistake(
        "update-gate-swapped",
        "The two shares of the mixture are swapped",
        "z weighs the candidate, and 1 - z the old state. At z = 0 the old state must stay, 0.8.",
        value=_step(z=0.6),
    ),
    Mistake(
        "no-reset",
        "The reset gate is not used",
        "The candidate sees r times the old state, 0.2, not all of it.",
        value=_step(r=1.0),
    ),
    Mistake(
        "reset-inverted",
        "The reset gate is turned round: 1 - r",
        "r = 1 lets the old state through, r = 0 hides it. What may be read here is 0.25 of it.",
        value=_step(r=0.75),
    ),
    Mistake(
        "reset-on-everything",
        "The reset gate acts on the input too",
        "r scales the old state alone; what comes in always comes through: 2 * 0.25 * 0.8 + 0.6 * 1 - 0.5.",
        value=_step(a=0.25 * (2 * 0.8 + 0.6) - 0.5),
    ),
    Mistake(
        "bias-missing",
        "The bias is missing",
        "b = -0.5 belongs to the sum, inside the tanh. The sum is 0.5, not 1.",
        value=_step(a=1.0),
    ),
    Mistake(
        "candidate-not-squashed",
        "The tanh is missing",
        "The candidate is tanh(0.5), not 0.5: a state must stay between -1 and 1.",
        value=0.6 * 0.8 + 0.4 * 0.5,
    ),
    Mistake(
        "candidate-alone",
        "The candidate, not the new state",
        "n is the proposal. The new state takes 0.4 of it and keeps 0.6 of the old state.",
        value=math.tanh(0.5),
    ),
    Mistake(
        "old-state-in-full",
        "The old state is kept in full",
        "The two shares of the mixture add up to 1: what the candidate gains, the old state loses.",
        value=0.8 + 0.4 * math.tanh(0.5),
    ),
    Mistake(
        "reset-on-the-copy",
        "The reset gate acts on the mixture",
        "r hides the old state from the candidate only. The mixture takes it as it is, 0.6 * 0.8.",
        value=0.6 * 0.25 * 0.8 + 0.4 * math.tanh(0.5),
    ),
)

BITS_MISTAKES = (
    Mistake(
        "nats",
        "Nats, not bits",
        "The natural logarithm gives nats. Divide by ln 2, or take the logarithm to the base 2: half is one bit.",
        value=2.5 * math.log(2),
    ),
    Mistake(
        "sum-not-mean",
        "The whole name, not a letter",
        "10 bits is what all four symbols cost together. Divide by how many there are.",
        value=10.0,
    ),
    Mistake(
        "end-left-out",
        "The end of the name is left out",
        "The mark that ends the name has to be foreseen too: a model that never stops would be a bad one.",
        value=8 / 3,
    ),
    Mistake(
        "divided-by-letters",
        "Divided by the letters of the name",
        "All four symbols are in the sum, so four must divide it.",
        value=10 / 3,
    ),
    Mistake(
        "mean-before-logarithm",
        "The logarithm of the mean",
        "First the surprise of each symbol, then the mean. The other way round a single likely symbol hides an "
        "unlikely one.",
        value=-math.log2((1 / 8 + 1 / 16 + 1 / 2 + 1 / 4) / 4),
    ),
    Mistake(
        "sign-of-surprise",
        "The sign lost",
        "The logarithm of a probability is negative, so its negative is the surprise: at least 0.",
        value=-2.5,
    ),
    Mistake(
        "perplexity",
        "The perplexity",
        "2 to the power of the loss is how many equally likely symbols would be as hard to foresee. The loss itself "
        "is the exponent.",
        value=2**2.5,
    ),
    Mistake(
        "common-logarithm",
        "The logarithm to the base 10",
        "A probability of one half costs one bit. With the base 10 it costs 0.301.",
        value=2.5 * math.log10(2),
    ),
)

SCALED = "a = y / tau"
SHIFT = "a = a - a.max(axis=1, keepdims=True)"
EXP = "p = np.exp(a)"
RESULT = "return p / p.sum(axis=1, keepdims=True)"

TEMPERATURE_MISTAKES = (
    Mistake(
        "tau-multiplies",
        "The temperature multiplies",
        "y is divided by tau: a high temperature evens the probabilities out. "
        "To see it, let tau be large: the probabilities must become equal.",
        patch=((SCALED, "a = y * tau"),),
    ),
    Mistake(
        "tau-ignored",
        "The temperature has no effect",
        "A factor that stands before the whole row, or outside the exponential, cancels when the row is divided by "
        "its sum. tau belongs inside the exponent.",
        patch=((SCALED, "a = y * 1.0"),),
    ),
    Mistake(
        "tau-squared",
        "The temperature twice",
        "y is divided by tau once, before the exponential. The probabilities need no temperature of their own.",
        patch=((SCALED, "a = y / tau**2"),),
    ),
    Mistake(
        "result-by-tau",
        "The probabilities are divided by the temperature",
        "Whatever the temperature is, a row of probabilities adds up to 1. To see it, sum your result.",
        patch=((SCALED, "a = y * 1.0"), (RESULT, "return p / p.sum(axis=1, keepdims=True) / tau")),
    ),
    Mistake(
        "overflow",
        "Large numbers overflow",
        "exp of 2000 is inf, and inf / inf is nan. Take the largest number of each row off first: it cancels.",
        patch=((SHIFT, "a = a * 1.0"),),
    ),
    Mistake(
        "largest-of-all",
        "The largest number of all rows is taken off",
        "Each row needs its own largest number. Of a row that lies far below, exp leaves nothing but zeros, and "
        "0 / 0 is nan.",
        patch=((SHIFT, "a = a - a.max()"),),
    ),
    Mistake(
        "sums-over-names",
        "The sum runs over the names",
        "A row is a name, and its K symbols share the probability 1. axis=0 sums over the names instead. "
        "To see it, sum your rows.",
        patch=((RESULT, "return p / p.sum(axis=0, keepdims=True)"),),
    ),
    Mistake(
        "sums-over-all",
        "The sum runs over everything",
        "Without an axis, sum adds up all rows. Each row must add up to 1 by itself: axis=1, with keepdims=True.",
        patch=((RESULT, "return p / p.sum()"),),
    ),
    Mistake(
        "not-normalised",
        "The sum is missing",
        "The exponentials are weights, not probabilities: each row must still be divided by its sum.",
        patch=((RESULT, "return p"),),
    ),
    Mistake(
        "base-two",
        "Powers of two in place of the exponential",
        "2 to the power of y evens out, as if the temperature were higher by 1 / ln 2. The softmax takes e.",
        patch=((EXP, "p = 2.0**a"),),
    ),
    Mistake(
        "sigmoids-shared-out",
        "Sigmoids in place of exponentials",
        "A sigmoid flattens large numbers, so that two likely symbols come out nearly equal. The softmax takes the "
        "exponential itself.",
        patch=((SHIFT, "a = a * 1.0"), (EXP, "p = 1 / (1 + np.exp(-a))")),
    ),
    Mistake(
        "logarithm-returned",
        "The logarithms of the probabilities",
        "Asked for are the probabilities themselves, between 0 and 1.",
        patch=((RESULT, "return np.log(p / p.sum(axis=1, keepdims=True))"),),
    ),
    Mistake(
        "always-the-likeliest",
        "All for the likeliest symbol",
        "A 1 for the largest number is where a temperature of 0 leads. At tau > 0 every symbol has its chance.",
        patch=((EXP, "p = (a == 0) * 1.0"),),
    ),
)


# ---------------------------------------------------------------------------------------------- questions


exercise = Exercise(
    id="00_kickstart",
    title="A first GRU",
    questions=(
        ChoiceQuestion(
            id="00.1",
            name="true_sentences",
            title="What a state is",
            equation=r"h_t = f(h_{t-1},\, x_t)",
            section=f"{CHAPTER}#1-what-a-state-is",
            points=3,
            multiple=True,
            options=(
                Option(
                    "a",
                    "The new state is computed from the old state and the new letter, and from nothing else.",
                    "That is what makes it a state: all that is kept of the past is in it.",
                    right=True,
                ),
                Option(
                    "b",
                    "The state is a list of all letters that have been read.",
                    "A state has a fixed size, H numbers, however much has been read. It keeps what helps, and loses "
                    "the rest.",
                    mistake="state-is-a-list",
                ),
                Option(
                    "c",
                    "The parameters are the same at every letter of a name.",
                    "One small network is used once for each letter, so names of any length can be read.",
                    right=True,
                    section=f"{CHAPTER}#2-a-network-with-a-state",
                ),
                Option(
                    "d",
                    "The larger U, the better a plain network keeps its first letter apart from what follows.",
                    "With three times the usual U every difference grew, that of the first letter and that of any "
                    "other, until it was as large as the states. Larger is not kept better.",
                    mistake="larger-weights-remember-better",
                    section=f"{CHAPTER}#3-why-it-forgets",
                ),
                Option(
                    "e",
                    "At z = 0 a unit of a GRU holds its state, whatever r is.",
                    "The candidate has the share 0, so it does not matter what the candidate has seen.",
                    right=True,
                    section=f"{CHAPTER}#4-two-gates",
                ),
                Option(
                    "f",
                    "At z = 1 nothing of the past reaches the new state of a GRU, whatever r is.",
                    "The direct copy is gone, but the candidate still sees the old state through r. It takes both "
                    "gates, z = 1 and r = 0.",
                    mistake="z-one-keeps-nothing",
                    section=f"{CHAPTER}#5-the-four-equations",
                ),
                Option(
                    "g",
                    "A network that has read a whole name foresees its next letter better than any table of four "
                    "letters.",
                    "On the names of the chapter the 5-gram, which looks at four letters, was ahead. To have read a "
                    "letter is not to use it.",
                    mistake="read-so-it-is-used",
                    section=f"{CHAPTER}#a-common-misconception",
                ),
            ),
            hints=(
                "For the sentences about gates, put the number for z into the mixture, and look what is left.",
                "Three sentences are true. Neither the one about a list nor one with “better” is among them.",
            ),
        ),
        NumberQuestion(
            id="00.2",
            name="h_t",
            title="One step with a pencil",
            equation=r"n_t = \tanh\bigl(u\, r_t\, h_{t-1} + v\, x_t + b\bigr), \qquad "
            r"h_t = (1 - z_t)\, h_{t-1} + z_t\, n_t",
            section=f"{CHAPTER}#5-the-four-equations",
            points=2,
            expected=_step(),
            rtol=2e-3,
            mistakes=STEP_MISTAKES,
            hints=(
                "First the sum inside the tanh: what may be read of the old state is r times 0.8.",
                "The sum is 0.5. The new state is 0.6 parts of the old one and 0.4 parts of tanh(0.5).",
            ),
        ),
        NumberQuestion(
            id="00.3",
            name="bits_a_letter",
            title="Bits a letter",
            equation=r"L = \frac{1}{T} \sum_{t=1}^{T} -\log_2 p_t",
            section=f"{CHAPTER}#6-learning-from-names",
            points=2,
            expected=2.5,
            unit="bits a letter",
            mistakes=BITS_MISTAKES,
            hints=(
                "A probability of 1/2 costs one bit, 1/4 costs two, 1/8 three.",
                "The four symbols cost 3, 4, 1 and 2 bits. The loss is their mean.",
            ),
        ),
        FunctionQuestion(
            id="00.4",
            name="probabilities",
            title="A temperature",
            signature="probabilities(y, tau) -> p",
            equation=r"p_{bk} = \frac{e^{y_{bk}/\tau}}{\sum_{j=1}^{K} e^{y_{bj}/\tau}}",
            section=f"{CHAPTER}#7-writing-new-names",
            returns=("p",),
            inputs=Inputs({"B": (1, 3), "K": (2, 5)}, _numbers_for_symbols),
            oracle=_softmax,
            mistakes=TEMPERATURE_MISTAKES,
            properties=(
                Property(
                    "one-name-at-one",
                    "At a temperature of 1, one name's numbers become the right probabilities.",
                    1,
                    given=_first_name_at_one,
                ),
                Property(
                    "one-name-any-temperature",
                    "At any temperature, one name's numbers become the right probabilities.",
                    2,
                    given=_first_name,
                ),
                Property("several-names", "With several names, each row is right by itself.", 2),
                Property("large-numbers", "Numbers of 2000 and more give probabilities, not nan.", 1, given=_large),
                Property(UNCHANGED, "The arguments are left as they were: nothing is changed in place.", 1),
            ),
            hints=(
                "Divide by tau first. Then exponentials, then each row divided by its own sum; keepdims=True keeps "
                "the sum a column, so that it divides row by row.",
                "Taking the same number off all of a row multiplies its exponentials by one factor, and the factor "
                "cancels in the quotient. The largest number of the row leaves exponents of at most 0.",
            ),
        ),
    ),
)
