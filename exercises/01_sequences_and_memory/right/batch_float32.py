import numpy as np

QUESTION = "01.2"


def leaky_batch(x, lengths, alpha, h_0):
    """In single precision: seven digits are enough."""
    x, h, a = x.astype(np.float32), h_0.astype(np.float32), np.float32(alpha)
    out = np.zeros_like(x)
    for t in range(len(x)):
        real = t < np.asarray(lengths)
        h = np.where(real, (1 - a) * h + a * x[t], h)
        out[t] = np.where(real, h, 0)
    return out, h
