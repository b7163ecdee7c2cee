import numpy as np

QUESTION = "00.4"
MISTAKE = "logarithm-returned"


def probabilities(y, tau):
    """log softmax."""
    a = (y - y.max(axis=1, keepdims=True)) / tau
    return a - np.log(np.exp(a).sum(axis=1, keepdims=True))
