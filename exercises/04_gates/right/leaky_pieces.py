import numpy as np

QUESTION = "04.2"


def warped_leaky(x, advance, tau, h_0):
    """Each step in four pieces: how finely time is cut does not matter."""
    h, rows = h_0.copy(), []
    for x_t, d in zip(x, advance):
        for _ in range(4):
            h = h + (1 - np.exp(-d / 4 / tau)) * (x_t - h)
        rows.append(h)
    return np.stack(rows)
