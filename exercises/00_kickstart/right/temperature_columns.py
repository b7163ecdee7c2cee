import numpy as np

QUESTION = "00.4"


def probabilities(y, tau):
    """The batch on its side."""
    a = (y.T - y.T.max(axis=0)) / tau
    e = np.exp(a)
    return (e / e.sum(axis=0)).T
