import numpy as np

QUESTION = "02.1"
MISTAKE = "bias-missing"


def rnn_step(W, b, h_prev, x_t):
    """Split weights, and b forgotten."""
    H = len(W)
    return np.tanh(np.einsum("ij,bj->bi", W[:, :H], h_prev) + np.einsum("ij,bj->bi", W[:, H:], x_t))
