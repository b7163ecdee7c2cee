import numpy as np

QUESTION = "04.2"


def warped_leaky(x, advance, tau, h_0):
    """The weighted sum of all that was read, without a recursion."""
    clock = np.concatenate([np.zeros((1, x.shape[1])), np.cumsum(advance, axis=0)])
    out = np.empty_like(x)
    for t in range(1, len(clock)):
        left = np.exp(-(clock[t] - clock[: t + 1]) / tau)  # of what was there at each earlier time
        out[t - 1] = left[0] * h_0 + (np.diff(left, axis=0) * x[:t]).sum(axis=0)
    return out
