import numpy as np

QUESTION = "00.4"
MISTAKE = "sums-over-all"


def probabilities(y, tau):
    """One softmax over all numbers of the batch, each row shifted by itself."""
    e = [np.exp((row - max(row)) / tau) for row in y]
    total = sum(float(row.sum()) for row in e)
    return np.stack(e) / total
