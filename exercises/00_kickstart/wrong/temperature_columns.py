import numpy as np

QUESTION = "00.4"
MISTAKE = "sums-over-names"


def probabilities(y, tau):
    """A transposed batch, with the axis forgotten."""
    e = np.exp((y - y.max(1, keepdims=True)) / tau).T
    return (e.T / e.sum(1)).copy()
