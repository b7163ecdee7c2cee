import numpy as np

QUESTION = "05.3"


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    """Every sum written out; all gates before any new number."""
    batch, H = h_prev.shape
    sigmoid = lambda a: 1 / (1 + np.exp(-a))
    h_t = np.zeros((batch, H))
    for k in range(batch):
        v = list(h_prev[k]) + list(x_t[k])
        r = [sigmoid(sum(w * u for w, u in zip(W_r[i], v)) + b_r[i]) for i in range(H)]
        z = [sigmoid(sum(w * u for w, u in zip(W_z[i], v)) + b_z[i]) for i in range(H)]
        seen = [r[i] * h_prev[k, i] for i in range(H)] + list(x_t[k])
        for i in range(H):
            n = np.tanh(sum(w * u for w, u in zip(W[i], seen)) + b[i])
            h_t[k, i] = h_prev[k, i] + z[i] * (n - h_prev[k, i])
    return h_t
