import numpy as np

QUESTION = "05.1"
MISTAKE = "bias-missing"


def reset_gate(W_r, b_r, h_prev, x_t):
    H = len(b_r)
    state_part = np.dot(W_r[:, :H], h_prev.T)
    input_part = np.dot(W_r[:, H:], x_t.T)
    return (1 / (1 + np.exp(-(state_part + input_part)))).T
