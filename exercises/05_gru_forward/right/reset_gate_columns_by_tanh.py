import numpy as np

QUESTION = "05.1"


def reset_gate(W_r, b_r, h_prev, x_t):
    """Batch in columns as in the equation, the sigmoid by tanh; returns a transposed view."""
    a = W_r @ np.vstack([h_prev.T, x_t.T]) + b_r[:, None]
    return (0.5 * (1 + np.tanh(0.5 * a))).T
