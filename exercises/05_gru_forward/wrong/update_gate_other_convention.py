import numpy as np

QUESTION = "05.2"
MISTAKE = "update-gate-inverted"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def update_and_candidate(W_z, b_z, W, b, r_t, h_prev, x_t):
    """z as PyTorch means it: how much of the old state stays."""
    keep = logistic(-(np.inner(np.hstack([h_prev, x_t]), W_z) + b_z))
    n = np.tanh(np.inner(np.hstack([h_prev * r_t, x_t]), W) + b)
    return keep, n
