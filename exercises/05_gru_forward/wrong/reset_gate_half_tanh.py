import numpy as np

QUESTION = "05.1"
MISTAKE = "sigmoid-scaled"


def squash(a):
    """The sigmoid by way of tanh, but with tanh's argument not halved."""
    return (np.tanh(a) + 1) / 2


def reset_gate(W_r, b_r, h_prev, x_t):
    rows = [W_r @ np.append(h, x) + b_r for h, x in zip(h_prev, x_t)]
    return squash(np.array(rows))
