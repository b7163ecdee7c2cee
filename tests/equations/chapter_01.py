"""The equations of chapter 01."""

import numpy as np

from equations import Evaluated, Left
from equations.written import B, H, T

LENGTHS = np.array([5, 2, 0])


def leaky(f, rng):
    alpha, x, h = rng.uniform(0.05, 0.95), rng.standard_normal((T, H)), rng.standard_normal(H)
    got, written = f(np.full((T, H), 1 - alpha), alpha * x, h), []
    for x_t in x:
        h = (1 - alpha) * h + alpha * x_t
        written.append(h)
    return [(got, written)]


def held(f, rng):
    alpha, x, h = rng.uniform(0.05, 0.95), rng.standard_normal((T, B, H)), rng.standard_normal((B, H))
    m = np.broadcast_to((np.arange(1, T + 1)[:, None] <= LENGTHS)[..., None], x.shape).astype(float)
    got, written = f(1 - m * alpha, m * alpha * x, h), []
    for t in range(T):
        h = (1 - m[t] * alpha) * h + m[t] * alpha * x[t]
        written.append(h)
    return [(got, written), (got[-1, 2], got[0, 2])]


SCAN = "gru_book.numpy_backend.scan.scan_loop"

EQUATIONS = {
    "eq-memory-state": Left("definition", "what a state is, with any functions f and g"),
    "eq-memory-hold": Evaluated(SCAN, held),
    "eq-memory-leaky": Evaluated(SCAN, leaky),
    "eq-memory-sum": Left("derivation", "eq-memory-leaky put into itself, proved by induction"),
    "eq-memory-weights": Left("derivation", "the sum of the weights in eq-memory-sum"),
    "eq-memory-corrected": Left("definition", "the state divided by the sum of its weights"),
    "eq-memory-start": Left("derivation", "eq-memory-corrected as a leaky integrator; the chapter compares the two"),
    "eq-memory-age": Left("derivation", "the mean age from the weights; the chapter checks it"),
    "eq-memory-half-life": Left("chapter", "the chapter's functions, beside a measured half-life"),
    "eq-memory-tau": Left("definition", "the time constant, and what it is to the half-life"),
    "eq-memory-jump": Left("derivation", "eq-memory-sum for a jump; the chapter measures it"),
    "eq-memory-gain": Left("derivation", "eq-memory-leaky for a wave; the chapter measures it"),
    "eq-memory-delay": Left("derivation", "the real part of that wave"),
    "eq-memory-gain-size": Left("derivation", "size and angle of eq-memory-gain"),
    "eq-memory-noise": Left("derivation", "the variance from the weights; the chapter measures it"),
    "eq-memory-window": Left("derivation", "the window with the same noise"),
    "eq-memory-error": Left("derivation", "lateness and noise together; the chapter measures it"),
    "eq-memory-best": Left("derivation", "where eq-memory-error is least"),
    "eq-memory-gradient": Left("derivation", "read off eq-memory-sum; the chapter nudges the inputs"),
    "eq-memory-bank": Left("definition", "what a linear read-out makes of many units"),
    "eq-memory-covariance": Left("derivation", "sums of the weights"),
    "eq-memory-capacity": Left("property", "of every such bank; the chapter adds it up"),
}
