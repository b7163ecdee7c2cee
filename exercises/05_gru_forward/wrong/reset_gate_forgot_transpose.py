"""The most common slip of all: the product as it stands in the equation's order of letters, without turning W."""

import numpy as np

QUESTION = "05.1"
MISTAKE = "weight-not-transposed"


def reset_gate(W_r, b_r, h_prev, x_t):
    both = np.hstack((h_prev, x_t))
    a_r = np.matmul(both, W_r)
    a_r = a_r + b_r
    return 1.0 / (1.0 + np.exp(-a_r))
