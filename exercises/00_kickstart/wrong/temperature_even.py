import numpy as np

QUESTION = "00.4"
MISTAKE = None


def probabilities(y, tau):
    """Always even odds."""
    return np.full(y.shape, 1 / y.shape[1])
