"""The questions of a small exercise on the leaky integrator; the engine's tests use it."""

import numpy as np

from gru_book.grading.spec import UNCHANGED, Exercise, FunctionQuestion, Inputs, Mistake, Property


def draw_step(rng, B):
    return {"alpha": float(rng.uniform(0.1, 0.9)), "h_prev": rng.normal(size=B), "x_t": rng.normal(size=B)}


def draw_sequence(rng, T, B):
    return {"alpha": float(rng.uniform(0.1, 0.9)), "x": rng.normal(size=(T, B)), "h_0": rng.normal(size=B)}


def step(alpha, h_prev, x_t):
    return h_prev + alpha * (x_t - h_prev)


def sequence(alpha, x, h_0):
    output = np.empty_like(x)
    for t in range(len(x)):
        output[t] = h_0 = step(alpha, h_0, x[t])
    return output, h_0


exercise = Exercise(
    id="90_leaky",
    title="A leaky memory",
    questions=(
        FunctionQuestion(
            id="90.1", name="leaky_step", title="One step", signature="leaky_step(alpha, h_prev, x_t) -> h_t",
            equation=r"h_t = (1 - \alpha) h_{t-1} + \alpha x_t", section="90_leaky#one-step", returns=("h_t",),
            inputs=Inputs({"B": (1, 3)}, draw_step), oracle=step,
            properties=(
                Property("from-zero", "From the state 0, h_t is alpha times the input.", 1,
                         given=lambda args: {**args, "h_prev": 0 * args["h_prev"]}),
                Property("step", "h_t follows the equation for any state.", 2),
                Property(UNCHANGED, "The arguments are left as they were.", 1),
            ),
            mistakes=(
                Mistake("weights-swapped", "alpha and 1 - alpha swapped", "alpha weighs the input.",
                        patch=(("(1 - alpha) * h_prev + alpha * x_t", "alpha * h_prev + (1 - alpha) * x_t"),)),
                Mistake("no-leak", "the old state does not leak", "The old state must shrink by 1 - alpha.",
                        patch=(("(1 - alpha) * h_prev", "h_prev"),)),
                Mistake("input-unscaled", "the input is not scaled", "alpha scales the input.",
                        patch=(("alpha * x_t", "x_t"),)),
            ),
        ),
        FunctionQuestion(
            id="90.2", name="leaky_sequence", title="A sequence",
            signature="leaky_sequence(alpha, x, h_0) -> (output, h_n)",
            equation=r"h_t = (1 - \alpha) h_{t-1} + \alpha x_t", section="90_leaky#a-sequence",
            returns=("output", "h_n"), inputs=Inputs({"T": (1, 4), "B": (1, 3)}, draw_sequence), oracle=sequence,
            properties=(
                Property("last", "h_n is the state after the last step.", 1, view=lambda args, out: out[1]),
                Property("all", "output holds the state after every step.", 1),
            ),
            mistakes=(
                Mistake("state-not-carried", "every step starts from h_0", "The state must be carried.",
                        patch=(("leaky_step(alpha, h, x_t)", "leaky_step(alpha, h_0, x_t)"),)),
                Mistake("h-0-ignored", "h_0 is not used", "The first step starts from h_0.",
                        patch=(("h = h_0", "h = np.zeros_like(h_0)"),)),
            ),
            uses=("90.1",),
        ),
    ),
)  # fmt: skip
