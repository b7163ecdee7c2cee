import numpy as np

QUESTION = "05.4"


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
    """Longest first, a batch that shrinks, and the order restored."""
    order = np.argsort(-lengths, kind="stable")
    x, h, ends = x[:, order], h_0[order], lengths[order]
    output = np.zeros((len(x), *h.shape))
    for t in range(ends[0]):
        alive = np.count_nonzero(ends > t)
        h[:alive] = output[t, :alive] = cell(W_r, b_r, W_z, b_z, W, b, h[:alive], x[t, :alive])
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return output[:, back], h[back]
