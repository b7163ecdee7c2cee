import numpy as np

QUESTION = "05.1"
MISTAKE = "input-before-state"


def reset_gate(W_r, b_r, h_prev, x_t):
    everything = np.hstack((x_t, h_prev))
    r = np.empty_like(h_prev)
    for row in range(r.shape[0]):
        for unit in range(r.shape[1]):
            a = b_r[unit]
            for column in range(W_r.shape[1]):
                a += W_r[unit, column] * everything[row, column]
            r[row, unit] = 1 / (1 + np.exp(-a))
    return r
