import numpy as np

QUESTION = "05.1"


def reset_gate(W_r, b_r, h_prev, x_t):
    """Split weights, einsum, and half the digits."""
    H = b_r.size
    W_r, b_r, h_prev, x_t = (array.astype(np.float32) for array in (W_r, b_r, h_prev, x_t))
    a = np.einsum("ij,bj->bi", W_r[:, :H], h_prev) + np.einsum("ij,bj->bi", W_r[:, H:], x_t) + b_r
    return 1 / (1 + np.exp(-a))
