import numpy as np

QUESTION = "05.1"
MISTAKE = None


def reset_gate(W_r, b_r, h_prev, x_t):
    """Every row gets the gate of the batch's mean state."""
    mean_state = np.repeat(h_prev.mean(axis=0, keepdims=True), len(h_prev), axis=0)
    a = np.concatenate([mean_state, x_t], axis=1) @ W_r.T + b_r
    return 1 / (1 + np.exp(-a))
