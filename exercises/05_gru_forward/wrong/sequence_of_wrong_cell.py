import numpy as np

QUESTION = "05.4"
MISTAKE = "update-gate-swapped"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def cell(W_r, b_r, W_z, b_z, W, b, h, x):
    """One step for any number of leading axes. h: (..., H); x: (..., I)."""
    H = len(b)
    r = logistic(h @ W_r[:, :H].T + x @ W_r[:, H:].T + b_r)
    z = logistic(h @ W_z[:, :H].T + x @ W_z[:, H:].T + b_z)
    n = np.tanh((r * h) @ W[:, :H].T + x @ W[:, H:].T + b)
    return n + z * (h - n)


def gru_sequence(W_r, b_r, W_z, b_z, W, b, x, h_0, lengths):
    T, B, _ = x.shape
    output, h_n = np.zeros((T, B, h_0.shape[1])), h_0.copy()
    for k, n in enumerate(lengths):
        for t in range(n):
            h_n[k] = output[t, k] = cell(W_r, b_r, W_z, b_z, W, b, h_n[k], x[t, k])
    return output, h_n
