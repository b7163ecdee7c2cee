import numpy as np

QUESTION = "01.2"
MISTAKE = "length-zero-forgotten"


def leaky_batch(x, lengths, alpha, h_0):
    """Picks the last state by its index, also where there is none."""
    out = np.zeros_like(x)
    last = np.empty_like(h_0)
    for b, length in enumerate(lengths):
        h = h_0[b]
        for t in range(length):
            h += alpha * (x[t, b] - h)
            out[t, b] = h
        last[b] = out[length - 1, b]
    return out, last
