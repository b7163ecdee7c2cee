import numpy as np

QUESTION = "00.4"
MISTAKE = None


def probabilities(y, tau):
    """Right numbers, but y is overwritten."""
    y -= y.max(axis=1, keepdims=True)
    y /= tau
    e = np.exp(y)
    return e / e.sum(axis=1, keepdims=True)
