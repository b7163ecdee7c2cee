import numpy as np

QUESTION = "02.1"


def rnn_step(W, b, h_prev, x_t):
    """Numbers, one at a time."""
    B, H, I = h_prev.shape[0], h_prev.shape[1], x_t.shape[1]
    h_t = np.zeros((B, H))
    for k in range(B):
        for i in range(H):
            a = b[i]
            for j in range(H):
                a += W[i, j] * h_prev[k, j]
            for j in range(I):
                a += W[i, H + j] * x_t[k, j]
            h_t[k, i] = np.tanh(a)
    return h_t
