"""The questions of a small exercise whose answers use PyTorch; its oracles are NumPy's."""

import numpy as np

from gru_book.grading.spec import Exercise, FunctionQuestion, Inputs, Mistake, Property

SIZES = {"B": (1, 3), "H": (1, 4), "I": (1, 3)}


def draw_gate(rng, B, H, I):
    return {"W": rng.normal(size=(H, H + I)), "b": rng.normal(size=H), "h_prev": rng.normal(size=(B, H)),
            "x_t": rng.normal(size=(B, I))}  # fmt: skip


def draw_candidate(rng, B, H, I):
    W, b, h_prev, x_t = draw_gate(rng, B, H, I).values()
    return {"W": W, "b": b, "r_t": rng.uniform(size=(B, H)), "h_prev": h_prev, "x_t": x_t}


def draw_mix(rng, B, H):
    return {"z_t": rng.uniform(size=(B, H)), "n_t": rng.normal(size=(B, H)), "h_prev": rng.normal(size=(B, H))}


def gate(W, b, h_prev, x_t):
    return 1 / (1 + np.exp(-(np.concatenate([h_prev, x_t], axis=1) @ W.T + b)))


def candidate(W, b, r_t, h_prev, x_t):
    return np.tanh(np.concatenate([r_t * h_prev, x_t], axis=1) @ W.T + b)


def mix(z_t, n_t, h_prev):
    return h_prev + z_t * (n_t - h_prev)


def gradient(z_t, n_t, h_prev):
    return n_t - h_prev


def without(*names):
    """Arguments in which these are zero."""
    return lambda args: {name: 0 * value if name in names else value for name, value in args.items()}


def question(number, name, title, equation, draw, sizes, oracle, properties, mistakes):
    return FunctionQuestion(
        id=f"91.{number}", name=name, title=title, section="10_gru_in_pytorch#the-same-numbers", equation=equation,
        returns=(name,), inputs=Inputs(sizes, draw), oracle=oracle, properties=properties, mistakes=mistakes,
    )  # fmt: skip


def mistake(name, title, old, new):
    return Mistake(name, title, "The equation says otherwise.", patch=((old, new),))


exercise = Exercise(
    id="91_torch_gates",
    title="Gates in PyTorch",
    modules=("numpy", "torch"),
    questions=(
        question(
            1, "gate", "A gate", r"r_t = \sigma(W [h_{t-1}, x_t] + b)", draw_gate, SIZES, gate,
            (Property("input-alone", "From the state 0 the gate follows the input.", 1, given=without("h_prev")),
             Property("gate", "r_t follows the equation for any state.", 2)),
            (mistake("tanh", "tanh instead of sigmoid", "torch.sigmoid", "torch.tanh"),
             mistake("no-bias", "The bias is missing", " @ W.T + b", " @ W.T")),
        ),
        question(
            2, "candidate", "The candidate", r"n_t = \tanh(W [r_t h_{t-1}, x_t] + b)", draw_candidate, SIZES, candidate,
            (Property("reset", "With r_t = 0 the candidate does not see the state.", 1, given=without("r_t")),
             Property("candidate", "n_t follows the equation.", 2)),
            (mistake("no-reset", "The reset gate is missing", "r_t * h_prev, x_t]", "h_prev, x_t]"),
             mistake("sigmoid", "sigmoid instead of tanh", "torch.tanh", "torch.sigmoid")),
        ),
        question(
            3, "mix", "The mixture", r"h_t = (1 - z_t) h_{t-1} + z_t n_t", draw_mix, {"B": (1, 3), "H": (1, 4)}, mix,
            (Property("mix", "h_t follows the equation.", 2),),
            (mistake("swapped", "z and 1 - z swapped", "(1 - z_t) * h_prev + z_t * n_t",
                     "z_t * h_prev + (1 - z_t) * n_t"),),
        ),
        question(
            4, "gradient", "A gradient", r"\partial \sum h_t / \partial z_t", draw_mix, {"B": (1, 3), "H": (1, 4)}, gradient,
            (Property("gradient", "d_z is the gradient.", 2),),
            (mistake("mean", "The mean in place of the sum", "h_t.sum()", "h_t.mean()"),),
        ),
    ),
)  # fmt: skip
