import numpy as np

QUESTION = "00.4"
MISTAKE = "tau-ignored"


def probabilities(y, tau):
    """Divides the exponentials, so that it cancels."""
    rows = []
    for row in y:
        e = np.exp(row - row.max()) / tau
        rows.append(e / e.sum())
    return np.array(rows)
