import numpy as np

QUESTION = "01.2"
MISTAKE = None


def leaky_batch(x, lengths, alpha, h_0):
    """Right numbers, but h_0 is overwritten on the way."""
    out = np.zeros_like(x)
    for t in range(len(x)):
        real = t < lengths
        h_0[real] += alpha * (x[t, real] - h_0[real])
        out[t, real] = h_0[real]
    return out, h_0.copy()
