import numpy as np

QUESTION = "04.2"
MISTAKE = "share-and-rest-swapped"


def warped_leaky(x, advance, tau, h_0):
    """Keeps what it should take."""
    out = np.array(x)
    for t in range(x.shape[0]):
        decay = np.exp(-advance[t] / tau)
        before = h_0 if t == 0 else out[t - 1]
        out[t] = before + decay * (x[t] - before)
    return out
