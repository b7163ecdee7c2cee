import numpy as np

QUESTION = "01.2"
MISTAKE = "padding-read-as-zero"


def leaky_batch(x, lengths, alpha, h_0):
    """Cleans the padding first, and then takes it for data."""
    real = np.arange(len(x))[:, None] < lengths
    clean = np.where(real, x, 0.0)
    h, out = h_0, []
    for row, mask in zip(clean, real):
        h = h * (1 - alpha) + row * alpha
        out.append(h * mask)
    return np.array(out), h
