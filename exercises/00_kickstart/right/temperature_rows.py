import numpy as np

QUESTION = "00.4"


def probabilities(y, tau):
    """Row by row, the shift before the division."""
    rows = []
    for row in y:
        e = np.exp((row - row.max()) / tau)
        rows.append(e / e.sum())
    return np.stack(rows)
