import numpy as np

QUESTION = "00.4"


def probabilities(y, tau):
    """Probabilities at 1, sharpened."""
    e = np.exp(y - y.max(axis=-1, keepdims=True))
    p = (e / e.sum(axis=-1, keepdims=True)) ** (1 / tau)
    return p / p.sum(axis=-1, keepdims=True)
