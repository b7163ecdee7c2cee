import numpy as np

QUESTION = "05.4"
MISTAKE = "time-reversed"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def cell(W_r, b_r, W_z, b_z, W, b, h, x):
    """One step for any number of leading axes. h: (..., H); x: (..., I)."""
    H = len(b)
    r = logistic(h @ W_r[:, :H].T + x @ W_r[:, H:].T + b_r)
    z = logistic(h @ W_z[:, :H].T + x @ W_z[:, H:].T + b_z)
    n = np.tanh((r * h) @ W[:, :H].T + x @ W[:, H:].T + b)
    return h + z * (n - h)


def gru_sequence(W_r, b_r, W_z, b_z, W, b, x, h_0, lengths):
    h = h_0
    collected = []
    flipped = x[::-1]
    ends = len(x) - np.asarray(lengths)
    for t, x_t in enumerate(flipped):
        real = (t >= ends).astype(float).reshape(-1, 1)
        h = real * cell(W_r, b_r, W_z, b_z, W, b, h, x_t) + (1 - real) * h
        collected.append(real * h)
    return np.array(collected)[::-1], h
