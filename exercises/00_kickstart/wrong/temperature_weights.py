import numpy as np

QUESTION = "00.4"
MISTAKE = "not-normalised"


def probabilities(y, tau):
    """Likeliest symbol 1, the others less."""
    return np.array([[np.exp((v - max(row)) / tau) for v in row] for row in y])
