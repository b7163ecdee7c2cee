import numpy as np

QUESTION = "04.2"
MISTAKE = "state-before-the-step"


def warped_leaky(x, advance, tau, h_0):
    """Starts the list with h_0 and drops the last state."""
    rows = [h_0]
    for x_t, d in zip(x, advance):
        rows.append(x_t + (rows[-1] - x_t) * np.exp(-d / tau))
    return np.array(rows[:-1])
