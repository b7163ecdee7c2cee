import numpy as np

QUESTION = "01.2"
MISTAKE = "longest-length-for-all"


def leaky_batch(x, lengths, alpha, h_0):
    """Stops when the last sequence has ended."""
    h, out = h_0.copy(), np.zeros_like(x)
    for t in range(max(lengths)):
        h = (1 - alpha) * h + alpha * x[t]
        out[t] = h
    return out, h
