import numpy as np

QUESTION = "05.1"
MISTAKE = "gate-inverted"


def reset_gate(W_r, b_r, h_prev, x_t):
    a = np.c_[h_prev, x_t].dot(W_r.transpose()) + b_r.reshape(1, -1)
    return 1 / (1 + np.exp(a))
