import numpy as np

QUESTION = "00.4"
MISTAKE = "base-two"


def probabilities(y, tau):
    """exp2 is not exp."""
    a = (y - y.max(axis=1, keepdims=True)) / tau
    return np.exp2(a) / np.exp2(a).sum(axis=1, keepdims=True)
