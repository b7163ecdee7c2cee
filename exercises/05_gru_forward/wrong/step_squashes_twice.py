import numpy as np

QUESTION = "05.3"
MISTAKE = "tanh-on-state"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    v = np.column_stack([h_prev, x_t])
    r, z = (logistic(np.einsum("bj,ij->bi", v, weight) + bias) for weight, bias in ((W_r, b_r), (W_z, b_z)))
    v[:, : h_prev.shape[1]] *= r
    n = np.tanh(np.einsum("bj,ij->bi", v, W) + b)
    return np.tanh(h_prev - z * h_prev + z * n)
