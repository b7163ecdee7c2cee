import numpy as np

QUESTION = "05.2"
MISTAKE = None


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def update_and_candidate(W_z, b_z, W, b, r_t, h_prev, x_t):
    """One reset factor for a whole row: the mean of its units' gates."""
    r = r_t.mean(axis=1, keepdims=True)
    z = logistic(np.hstack([h_prev, x_t]) @ W_z.T + b_z)
    return z, np.tanh(np.hstack([r * h_prev, x_t]) @ W.T + b)
