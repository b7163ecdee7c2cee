import numpy as np

QUESTION = "05.4"
MISTAKE = "padding-zeroed-not-skipped"


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
    clean = x.copy()
    for k, n in enumerate(lengths):
        clean[n:, k] = 0
    h, states = h_0, []
    for x_t in clean:
        h = cell(W_r, b_r, W_z, b_z, W, b, h, x_t)
        states.append(h)
    output = np.array(states)
    for k, n in enumerate(lengths):
        output[n:, k] = 0
    return output, h
