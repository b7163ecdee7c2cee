import numpy as np

QUESTION = "00.4"


def probabilities(y, tau):
    """By logarithms."""
    return np.exp(y / tau - np.logaddexp.reduce(y / tau, axis=1)[:, None])
