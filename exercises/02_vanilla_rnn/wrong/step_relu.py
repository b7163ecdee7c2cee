import numpy as np

QUESTION = "02.1"
MISTAKE = None


def rnn_step(W, b, h_prev, x_t):
    """Another squashing, which nobody names here."""
    a = np.concatenate([h_prev, x_t], axis=1) @ W.T + b
    return np.where(a > 0, a, 0.0)
