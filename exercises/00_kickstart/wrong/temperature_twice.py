import numpy as np

QUESTION = "00.4"
MISTAKE = "tau-squared"


def probabilities(y, tau):
    """Divides before the exponential, and takes a root after it."""
    a = y / tau
    p = np.exp(a - a.max(-1, keepdims=True)) ** (1 / tau)
    return p / p.sum(-1, keepdims=True)
