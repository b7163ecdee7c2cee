import numpy as np

QUESTION = "01.2"
MISTAKE = "padding-updates-state"


def leaky_batch(x, lengths, alpha, h_0):
    """Runs over everything, and blanks the output afterwards."""
    rows = [h_0]
    for x_t in x:
        rows.append(rows[-1] + alpha * (x_t - rows[-1]))
    real = np.arange(len(x))[:, None] < lengths[None, :]
    return np.array(rows[1:]) * real, rows[-1]
