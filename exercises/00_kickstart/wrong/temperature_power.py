import numpy as np

QUESTION = "00.4"
MISTAKE = "tau-multiplies"


def probabilities(y, tau):
    """Probabilities first, then to the power of tau instead of 1 / tau."""
    e = np.exp(y - y.max(1)[:, None])
    p = (e / e.sum(1)[:, None]) ** tau
    return p / p.sum(1)[:, None]
