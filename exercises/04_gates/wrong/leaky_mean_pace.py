import numpy as np

QUESTION = "04.2"
MISTAKE = None


def warped_leaky(x, advance, tau, h_0):
    """One share for all steps, from the mean advance: wrong, and a misconception of nobody."""
    keep = np.exp(-advance.mean() / tau)
    h, rows = h_0, []
    for x_t in x:
        h = keep * h + (1 - keep) * x_t
        rows.append(h)
    return np.stack(rows)
