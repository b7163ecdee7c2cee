import numpy as np

QUESTION = "04.2"
MISTAKE = "share-of-step-before"


def warped_leaky(x, advance, tau, h_0):
    """The clock comes one step late."""
    late = np.concatenate([advance[:1], advance[:-1]])
    h, rows = h_0, []
    for x_t, keep in zip(x, np.exp(-late / tau)):
        h = keep * h + (1 - keep) * x_t
        rows.append(h)
    return np.stack(rows)
