import numpy as np

QUESTION = "02.1"


def rnn_step(W, b, h_prev, x_t):
    """Columns as sequences, and the tanh from exponentials."""
    a = W @ np.vstack([h_prev.T, x_t.T]) + b[:, None]
    e = np.exp(2 * a)
    return ((e - 1) / (e + 1)).T
