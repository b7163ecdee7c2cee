import numpy as np

QUESTION = "00.4"
MISTAKE = "largest-of-all"


def probabilities(y, tau):
    """One shift for the whole batch."""
    e = np.exp((y - np.max(y)) / tau)
    return np.stack([row / row.sum() for row in e])
