import numpy as np

QUESTION = "01.2"
MISTAKE = None


def leaky_batch(x, lengths, alpha, h_0):
    """Two leaky integrators in a row: wrong, and a misconception of nobody."""
    out, last = np.zeros_like(x), h_0.copy()
    for b in range(x.shape[1]):
        first = second = h_0[b]
        for t in range(lengths[b]):
            first += alpha * (x[t, b] - first)
            second += alpha * (first - second)
            out[t, b] = second
        last[b] = second
    return out, last
