"""Chapter 04's exercise: half-life, a leaky integrator with a clock, and what each of the two gates can do."""

from __future__ import annotations

import math
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
    NumberQuestion,
    Option,
    Property,
)
from gru_book.numpy_backend.scan import scan_loop

Array = np.ndarray[Any, Any]
CHAPTER = "04_gates"


# ---------------------------------------------------------------------------------------------- inputs


def _clock_inputs(rng: np.random.Generator, T: int, B: int) -> Args:
    """An advance of up to 3 time constants, unlike in each step; a first state and inputs that are not 0."""
    tau = float(np.round(rng.uniform(0.6, 3.0), 2))
    return {
        "x": rng.normal(size=(T, B)),
        "advance": tau * rng.uniform(0.1, 3.0, size=(T, B)),
        "tau": tau,
        "h_0": rng.choice([-1.0, 1.0], size=B) * rng.uniform(0.5, 2.0, size=B),
    }


def _even_clock(args: Args) -> Args:
    return {**args, "advance": np.broadcast_to(args["advance"][:1], args["advance"].shape).copy()}


def _standing_clock(args: Args) -> Args:
    """The clock stands wherever it would have advanced by less than 1.5 time constants."""
    return {**args, "advance": np.where(args["advance"] < 1.5 * args["tau"], 0.0, args["advance"])}


def _warped_leaky(x: Array, advance: Array, tau: float, h_0: Array) -> Array:
    keep = np.exp(-advance / tau)
    return scan_loop(keep, (1 - keep) * x, h_0)


# ---------------------------------------------------------------------------------------------- mistakes


HALF_LIFE = math.log(0.5) / math.log(0.98)

HALF_LIFE_MISTAKES = (
    Mistake(
        "small-alpha-rule",
        "The rule of thumb for small shares",
        "0.69 / alpha takes ln(1 - alpha) for -alpha. At 0.02 that is off by one in a hundred.",
        value=math.log(2) / 0.02,
    ),
    Mistake(
        "one-over-alpha",
        "The time constant, not the half-life",
        "After 1 / alpha steps about 37 % is left, a share of 1/e, not half.",
        value=1 / 0.02,
    ),
    Mistake(
        "exact-time-constant",
        "The time until 1/e is left",
        "-1 / ln(1 - alpha) is the number of steps after which 37 % is left. Half is left sooner.",
        value=-1 / math.log(0.98),
    ),
    Mistake(
        "base-is-alpha",
        "The share that comes in taken for the share that stays",
        "A step multiplies what is held by 1 - alpha = 0.98, not by alpha. Half of it cannot be gone in less than "
        "one step.",
        value=math.log(0.5) / math.log(0.02),
    ),
    Mistake(
        "loses-the-same-each-step",
        "As if each step took away the same amount",
        "Each step takes 2 % of what is *left*, which grows less and less. Only the first step takes 0.02.",
        value=0.5 / 0.02,
    ),
    Mistake(
        "sign-of-logarithm",
        "A sign lost",
        "Both logarithms are negative, so their quotient is positive: a number of steps.",
        value=-HALF_LIFE,
    ),
)

STEP = "h = (1 - alpha[t]) * h + alpha[t] * x[t]"
SHARE = "alpha = 1 - np.exp(-advance / tau)"

CLOCK_MISTAKES = (
    Mistake(
        "share-is-advance",
        "The share for small advances",
        "advance / tau is the share only where it is small. It exceeds 1 for a long step, and the state then "
        "overshoots what is read.",
        patch=((SHARE, "alpha = advance / tau"),),
        section=f"{CHAPTER}#a-clock-that-is-warped",
    ),
    Mistake(
        "share-and-rest-swapped",
        "The two shares swapped",
        "exp(-advance / tau) is what is *kept*. Where the clock stands it is 1, and the old state must stay.",
        patch=((SHARE, "alpha = np.exp(-advance / tau)"),),
    ),
    Mistake(
        "tau-multiplies",
        "tau in the wrong place",
        "A larger time constant makes the memory slower, so the advance is divided by it.",
        patch=((SHARE, "alpha = 1 - np.exp(-advance * tau)"),),
    ),
    Mistake(
        "tau-left-out",
        "tau left out",
        "The clock advances by so many time constants, advance / tau; try two values of tau on one series.",
        patch=((SHARE, "alpha = 1 - np.exp(-advance)"),),
    ),
    Mistake(
        "tau-as-half-life",
        "tau taken for a half-life",
        "After an advance of tau a share of 1/e is left, 37 %, not half. The half-life is tau ln 2.",
        patch=((SHARE, "alpha = 1 - 0.5 ** (advance / tau)"),),
    ),
    Mistake(
        "exponent-positive",
        "The minus of the exponent lost",
        "exp(advance / tau) grows, and the share becomes negative: the state flees from what is read.",
        patch=((SHARE, "alpha = 1 - np.exp(advance / tau)"),),
    ),
    Mistake(
        "time-for-advance",
        "What the clock shows, in place of how far it moved",
        "The share depends on the advance in this one step. Summed advances make it grow towards 1 as time goes on.",
        patch=((SHARE, "alpha = 1 - np.exp(-np.cumsum(advance, axis=0) / tau)"),),
    ),
    Mistake(
        "one-share-for-all",
        "The first step's share for all steps",
        "That is the leaky integrator with a fixed alpha. Here each step has a share of its own, alpha[t].",
        patch=((STEP, "h = (1 - alpha[0]) * h + alpha[0] * x[t]"),),
        section=f"{CHAPTER}#why-one-alpha-does-not-fit",
    ),
    Mistake(
        "share-of-step-before",
        "The share of the step before",
        "advance[t] is how far the clock moves in the step that reads x[t], so alpha[t] belongs to x[t].",
        patch=((STEP, "h = (1 - alpha[max(t - 1, 0)]) * h + alpha[max(t - 1, 0)] * x[t]"),),
    ),
    Mistake(
        "first-state-zero",
        "The first state left out",
        "The memory does not begin empty: before the first step it holds h_0.",
        patch=(("h = h_0", "h = np.zeros_like(h_0)"),),
    ),
    Mistake(
        "adds-without-leak",
        "Added, and nothing forgotten",
        "The old state keeps the share 1 - alpha[t]. With all of it kept the state is a sum that grows without end.",
        patch=((STEP, "h = h + alpha[t] * x[t]"),),
        section=f"{CHAPTER}#the-leaky-integrator",
    ),
    Mistake(
        "input-unweighted",
        "The input taken in full",
        "What is read gets the share alpha[t]: the weights add up to 1, or the state leaves the range of its inputs.",
        patch=((STEP, "h = (1 - alpha[t]) * h + x[t]"),),
        section=f"{CHAPTER}#the-leaky-integrator",
    ),
    Mistake(
        "state-before-the-step",
        "The state before each step",
        "h[0] is the state *after* the first step. Store it after the update, not before.",
        patch=((f"{STEP}\n        states.append(h)", f"states.append(h)\n        {STEP}"),),
    ),
)

GATE_MISTAKES = (
    Mistake(
        "log-of-pace",
        "The approximation for slow clocks",
        "ln(delta / tau) is where the answer goes for small delta / tau. At delta = tau ln 3 it gives 0.09, not 0.69.",
        value="log(delta / tau)",
    ),
    Mistake(
        "softplus-not-inverted",
        "The wrong way round",
        "ln(1 + exp(...)) leads from a to delta / tau. Here it is the other direction: take the exponential of both "
        "sides, and subtract 1.",
        value="log(1 + exp(delta / tau))",
    ),
    Mistake(
        "share-itself",
        "The share, not its pre-activation",
        "1 - exp(-delta / tau) is what the sigmoid must give. The question is what must go in.",
        value="1 - exp(-delta / tau)",
    ),
    Mistake(
        "log-of-share",
        "The logarithm of the share",
        "Undoing a sigmoid takes ln(share / (1 - share)), not ln(share): the denominator 1 - share is missing.",
        value="log(1 - exp(-delta / tau))",
    ),
    Mistake(
        "pre-activation-sign",
        "The sign of a",
        "A faster clock must open the gate, so a grows with delta.",
        value="-log(exp(delta / tau) - 1)",
    ),
    Mistake(
        "pre-activation-tau-multiplies",
        "tau in the wrong place",
        "delta is divided by tau: a slow memory, with a large tau, opens its gate less.",
        value="log(exp(delta * tau) - 1)",
    ),
)

FORGET_MISTAKES = (
    Mistake(
        "z-one-forgets",
        "z = 1 forgets",
        "At z = 1 the direct copy is gone, and S = u: the old state comes in through the candidate.",
        section=f"{CHAPTER}#a-common-misconception",
        value="1 + 0 * u",
    ),
    Mistake(
        "forget-sign-of-u",
        "The sign of u",
        "S = (1 - z) + z u = 1 - z (1 - u). At u = -1 your formula divides by 0.",
        value="1 / (1 + u)",
    ),
    Mistake(
        "forget-copy-left-out",
        "The loss of the direct copy forgotten",
        "The direct road has the factor 1 - z, not 1. Both roads change with z.",
        value="-1 / u",
    ),
    Mistake(
        "forget-keeps",
        "What is kept, in place of what is taken",
        "That is 1 - z. Put it into S and see that it gives 0 for u = -1 only, where z and 1 - z are the same.",
        value="u / (u - 1)",
    ),
    Mistake(
        "forget-negative",
        "A sign lost on the way",
        "A gate lies between 0 and 1. For negative u your formula is negative.",
        value="1 / (u - 1)",
    ),
)


# ---------------------------------------------------------------------------------------------- questions


exercise = Exercise(
    id="04_gates",
    title="Why gates, and why two",
    questions=(
        NumberQuestion(
            id="04.1",
            name="half_life",
            title="A half-life",
            equation=r"h_t = (1 - \alpha)\, h_{t-1} + \alpha\, x_t, \qquad \alpha = 0.02",
            section=f"{CHAPTER}#the-leaky-integrator",
            points=1,
            expected=HALF_LIFE,
            rtol=1e-3,
            unit="steps",
            mistakes=HALF_LIFE_MISTAKES,
            hints=(
                "Reading zeros, one step multiplies what is held by 1 - alpha. So what is left after k steps?",
                "Set (1 - alpha) to the power k equal to one half, and take the logarithm of both sides.",
            ),
        ),
        FunctionQuestion(
            id="04.2",
            name="warped_leaky",
            title="A leaky integrator with a clock",
            signature="warped_leaky(x, advance, tau, h_0) -> h",
            equation=r"h_t = (1 - \alpha_t)\, h_{t-1} + \alpha_t\, x_t, \qquad \alpha_t = 1 - e^{-\Delta_t/\tau}, "
            r"\qquad t = 1, \dots, T",
            section=f"{CHAPTER}#a-clock-that-is-warped",
            returns=("h",),
            inputs=Inputs({"B": (1, 3), "T": (1, 5)}, _clock_inputs),
            oracle=_warped_leaky,
            properties=(
                Property(
                    "first-step",
                    "h[0] is the state after the first step, made from h_0, x[0] and advance[0].",
                    1,
                    view=lambda args, output: output[:1],
                ),
                Property("even-clock", "With the same advance in each step, all states are right.", 1, _even_clock),
                Property(
                    "standing-clock",
                    "Where the clock stands still (advance 0) the state is held, and the steps around it are right.",
                    1,
                    _standing_clock,
                ),
                Property("any-clock", "For any clock, all states are right.", 2),
                Property(UNCHANGED, "The results are right and the arguments are left as they were.", 1),
            ),
            mistakes=CLOCK_MISTAKES,
            hints=(
                "First the shares of all steps at once: alpha has the shape of advance. Then a loop over the steps.",
                "In the loop, a step is the leaky integrator with alpha[t]. The state goes into a list after each.",
                "Start with h = h_0, and at the end stack the list of states, each (B,), to an array (T, B).",
            ),
        ),
        ExpressionQuestion(
            id="04.3",
            name="pre_activation",
            title="What the gate must compute",
            equation=r"\sigma(a) = 1 - e^{-\Delta/\tau}, \qquad \sigma(a) = \frac{1}{1 + e^{-a}}",
            section=f"{CHAPTER}#the-update-gate",
            points=2,
            expected="log(exp(delta / tau) - 1)",
            symbols={"delta": "the advance of the clock", "tau": "the time constant"},
            ranges={"delta": (0.1, 3.0), "tau": (0.5, 3.0)},
            mistakes=GATE_MISTAKES,
            hints=(
                "Look at one minus each side: 1 - sigma(a) = 1 / (1 + exp(a)).",
                "So exp(-delta / tau) = 1 / (1 + exp(a)). Turn both sides over.",
            ),
        ),
        ExpressionQuestion(
            id="04.4",
            name="z_forget",
            title="Forgetting without a reset gate",
            equation=r"S = \frac{\partial h_t}{\partial h_{t-1}}, \qquad "
            r"h_t = (1 - z)\, h_{t-1} + z\, (u\, h_{t-1} + v\, x_t)",
            section=f"{CHAPTER}#why-a-second-gate",
            points=2,
            expected="1 / (1 - u)",
            symbols={"u": "the candidate's weight on the old state"},
            ranges={"u": (-3.0, -0.2)},
            mistakes=FORGET_MISTAKES,
            hints=(
                "Collect all that stands before the old state: (1 - z) from the direct road, z u from the other.",
                "Set the sum to 0, bring all terms with z to one side, and divide.",
            ),
        ),
        ChoiceQuestion(
            id="04.5",
            name="corners",
            title="The corners",
            equation=r"n_t = \tanh(u\, r\, h_{t-1} + v\, x_t + b), \qquad h_t = (1 - z)\, h_{t-1} + z\, n_t",
            section=f"{CHAPTER}#four-corners",
            points=3,
            multiple=True,
            options=(
                Option(
                    "a",
                    "At z = 0 the state is copied, whatever r is.",
                    "The candidate has the weight 0, so it does not matter how it was made.",
                    right=True,
                ),
                Option(
                    "b",
                    "At z = 1 nothing of the old state is left, whatever r is.",
                    "The direct copy is gone, but with r open the candidate is made with the old state: "
                    "h_t = tanh(u r h_{t-1} + ...). Only r = 0 shuts that road.",
                    mistake="z-one-keeps-nothing",
                    section=f"{CHAPTER}#a-common-misconception",
                ),
                Option(
                    "c",
                    "At r = 0 the new state is made from the input alone, whatever z is.",
                    "The *candidate* is made from the input alone. The state also has its direct copy, with the weight "
                    "1 - z; at z = 0 it is all there is.",
                    mistake="r-zero-resets-the-state",
                ),
                Option(
                    "d",
                    "At z = 1 and r = 0, two units with different old states and the same input end in the same state.",
                    "Both roads are shut, so the old state makes no difference: a restart.",
                    right=True,
                ),
                Option(
                    "e",
                    "At z = 1 and r = 1 the step is that of a vanilla RNN.",
                    "The state is the candidate, and the candidate sees all of the old state.",
                    right=True,
                ),
                Option(
                    "f",
                    "At r = 1 the step is that of a vanilla RNN, whatever z is.",
                    "The candidate is then that of a vanilla RNN. The state is only if z takes all of it.",
                    mistake="r-one-is-vanilla",
                ),
                Option(
                    "g",
                    "A unit with r = 1 throughout can add up all values and restart at a mark, if only z is 1 at the "
                    "mark.",
                    "A unit that adds has its old sum in the candidate, so taking the candidate keeps the sum. And a "
                    "larger z at the mark would give the marked value another weight than the others.",
                    mistake="update-gate-restarts-a-sum",
                    section=f"{CHAPTER}#why-a-second-gate",
                ),
            ),
            hints=(
                "Put the numbers for r and z into both equations, and look whether the old state is still there.",
                'Three sentences are true. Of those with "whatever", one is.',
            ),
        ),
    ),
)
