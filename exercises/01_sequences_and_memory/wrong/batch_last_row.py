import numpy as np

QUESTION = "01.2"
MISTAKE = "state-lost-in-padding"


def leaky_batch(x, lengths, alpha, h_0):
    """Each sequence by itself; the last row of the output is returned as the last state."""
    out = np.zeros_like(x)
    for b, length in enumerate(lengths):
        h = h_0[b]
        for t in range(length):
            h = alpha * x[t, b] + (1 - alpha) * h
            out[t, b] = h
    return out, out[-1].copy()
