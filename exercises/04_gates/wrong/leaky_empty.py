import numpy as np

QUESTION = "04.2"
MISTAKE = "first-state-zero"


def warped_leaky(x, advance, tau, h_0):
    """A weighted sum of the inputs, and of nothing else."""
    T = len(x)
    keep = np.exp(-advance / tau)
    out = np.zeros_like(x)
    for t in range(T):
        for s in range(t + 1):
            out[t] += np.prod(keep[s + 1 : t + 1], axis=0) * (1 - keep[s]) * x[s]
    return out
