import numpy as np

QUESTION = "04.2"
MISTAKE = "time-for-advance"


def warped_leaky(x, advance, tau, h_0):
    """Reads the clock, and does not look how far it moved."""
    out, h, clock = [], h_0, 0.0
    for x_t, d in zip(x, advance):
        clock = clock + d
        h = x_t + np.exp(-clock / tau) * (h - x_t)
        out.append(h)
    return np.array(out)
