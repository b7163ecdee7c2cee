import numpy as np

QUESTION = "01.2"
MISTAKE = "mask-late-by-one"


def leaky_batch(x, lengths, alpha, h_0):
    """Counts up to the length, the length included."""
    out, last = np.zeros_like(x), h_0.copy()
    for b in range(x.shape[1]):
        for t in range(min(lengths[b] + 1, x.shape[0])):
            last[b] = (1 - alpha) * last[b] + alpha * x[t, b]
            out[t, b] = last[b]
    return out, last
