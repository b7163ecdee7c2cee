import numpy as np

QUESTION = "05.3"
MISTAKE = None


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    """One update gate for a whole row: the mean over its units."""
    v = np.hstack([h_prev, x_t])
    r, z = logistic(v @ W_r.T + b_r), logistic(v @ W_z.T + b_z)
    n = np.tanh(np.hstack([r * h_prev, x_t]) @ W.T + b)
    z = z.mean(axis=1, keepdims=True)
    return (1 - z) * h_prev + z * n
