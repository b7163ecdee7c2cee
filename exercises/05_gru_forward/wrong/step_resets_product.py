import numpy as np

QUESTION = "05.3"
MISTAKE = "reset-after"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    H = len(b)
    weight = np.stack([W_r, W_z, W])
    bias = np.stack([b_r, b_z, b])
    gh = np.einsum("gij,bj->gbi", weight[:, :, :H], h_prev)
    gx = np.einsum("gij,bj->gbi", weight[:, :, H:], x_t) + bias[:, None, :]
    r, z = logistic(gh[0] + gx[0]), logistic(gh[1] + gx[1])
    n = np.tanh(gx[2] + r * gh[2])
    return n * z + h_prev * (1 - z)
