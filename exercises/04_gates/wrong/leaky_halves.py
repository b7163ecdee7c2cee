import numpy as np

QUESTION = "04.2"
MISTAKE = "tau-as-half-life"


def warped_leaky(x, advance, tau, h_0):
    """Halves per tau."""
    h, rows = h_0, []
    for x_t, d in zip(x, advance):
        keep = 2.0 ** (-d / tau)
        h = keep * h + (1 - keep) * x_t
        rows.append(h)
    return np.stack(rows)
