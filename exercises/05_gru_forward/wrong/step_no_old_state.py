import numpy as np

QUESTION = "05.3"
MISTAKE = "copy-missing"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    H = h_prev.shape[1]
    out = np.empty_like(h_prev)
    for k in range(len(out)):
        r = logistic(W_r[:, :H].dot(h_prev[k]) + W_r[:, H:].dot(x_t[k]) + b_r)
        for i in range(H):
            n = np.tanh(W[i, :H].dot(r * h_prev[k]) + W[i, H:].dot(x_t[k]) + b[i])
            out[k, i] = logistic(W_z[i, :H].dot(h_prev[k]) + W_z[i, H:].dot(x_t[k]) + b_z[i]) * n
    return out
