import numpy as np

QUESTION = "01.2"
MISTAKE = "shares-swapped"


def leaky_batch(x, lengths, alpha, h_0):
    """alpha as what is kept, as in many programs for smoothing."""
    real = (np.arange(len(x))[:, None] < lengths).astype(float)
    h, out = h_0, np.empty_like(x)
    for t, m in enumerate(real):
        h = h + m * (1 - alpha) * (x[t] - h)
        out[t] = m * h
    return out, h
