import numpy as np

QUESTION = "05.3"
MISTAKE = "leak-missing"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    def affine(weight, bias, h):
        return np.inner(np.concatenate((h, x_t), 1), weight) + bias

    r = logistic(affine(W_r, b_r, h_prev))
    h = h_prev.copy()
    h += logistic(affine(W_z, b_z, h_prev)) * np.tanh(affine(W, b, r * h_prev))
    return h
