import numpy as np

QUESTION = "04.2"
MISTAKE = None


def warped_leaky(x, advance, tau, h_0):
    """Right numbers, but h_0 is overwritten on the way."""
    rows = []
    for x_t, d in zip(x, advance):
        h_0 += (1 - np.exp(-d / tau)) * (x_t - h_0)
        rows.append(h_0.copy())
    return np.stack(rows)
