import numpy as np

QUESTION = "00.4"


def probabilities(y, tau):
    """One over the sum of all odds against a symbol."""
    with np.errstate(over="ignore"):
        return 1 / np.exp((y[:, None, :] - y[:, :, None]) / tau).sum(axis=2)
