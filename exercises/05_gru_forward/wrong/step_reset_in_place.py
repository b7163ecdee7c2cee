import numpy as np

QUESTION = "05.3"
MISTAKE = "reset-reaches-copy"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    h = h_prev.copy()
    v = np.hstack([h, x_t])
    z = logistic(v @ W_z.T + b_z)
    h *= logistic(v @ W_r.T + b_r)
    n = np.tanh(np.hstack([h, x_t]) @ W.T + b)
    return h + z * (n - h)
