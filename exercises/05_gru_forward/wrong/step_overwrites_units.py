import numpy as np

QUESTION = "05.3"
MISTAKE = "state-overwritten-while-read"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    """Unit by unit in one array: the update gate of a unit reads the units before it in their new state."""
    batch, H = h_prev.shape
    new = np.array(h_prev)
    for k in range(batch):
        r = [logistic(W_r[i, :H] @ h_prev[k] + W_r[i, H:] @ x_t[k] + b_r[i]) for i in range(H)]
        seen = [r[i] * h_prev[k, i] for i in range(H)]
        for i in range(H):
            z = logistic(W_z[i, :H] @ new[k] + W_z[i, H:] @ x_t[k] + b_z[i])
            n = np.tanh(W[i, :H] @ seen + W[i, H:] @ x_t[k] + b[i])
            new[k, i] += z * (n - new[k, i])
    return new
