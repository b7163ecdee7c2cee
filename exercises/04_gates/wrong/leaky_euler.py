import numpy as np

QUESTION = "04.2"
MISTAKE = "share-is-advance"


def warped_leaky(x, advance, tau, h_0):
    """Tiny steps taken for large ones: h += (x - h) advance / tau."""
    out, h = np.empty(x.shape), np.array(h_0)
    for t, (x_t, d) in enumerate(zip(x, advance)):
        h = h + d / tau * (x_t - h)
        out[t] = h
    return out
