import numpy as np

QUESTION = "05.3"
MISTAKE = "update-for-reset"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    """One gate does both, as in a minimal gated unit."""
    out = []
    for h, x in zip(h_prev, x_t):
        f = logistic(W_z.dot(np.append(h, x)) + b_z)
        out.append((1 - f) * h + f * np.tanh(W.dot(np.append(f * h, x)) + b))
    return np.array(out)
