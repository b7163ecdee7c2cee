import numpy as np

QUESTION = "05.3"
MISTAKE = "reset-as-forget-gate"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    H = len(b)
    pre = lambda weight, bias, h: (weight[:, :H] @ h.T).T + (weight[:, H:] @ x_t.T).T + bias
    forget, write = logistic(pre(W_r, b_r, h_prev)), logistic(pre(W_z, b_z, h_prev))
    kept = forget * h_prev
    return kept + write * np.tanh(pre(W, b, kept))
