import numpy as np

QUESTION = "00.4"


def probabilities(y, tau):
    """Lists of numbers."""
    out = []
    for row in y.tolist():
        e = [float(np.exp((v - max(row)) / tau)) for v in row]
        out.append([v / sum(e) for v in e])
    return np.array(out)
