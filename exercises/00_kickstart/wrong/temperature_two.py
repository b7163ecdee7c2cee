import numpy as np

QUESTION = "00.4"
MISTAKE = ("tau-multiplies", "sums-over-names")


def probabilities(y, tau):
    """Multiplies, and adds up the columns."""
    e = np.exp((y - y.max(axis=1)[:, None]) * tau)
    return e / sum(e)
