import numpy as np

QUESTION = "00.4"
MISTAKE = "always-the-likeliest"


def probabilities(y, tau):
    """Greedy."""
    return np.eye(y.shape[1])[y.argmax(axis=1)]
