import numpy as np

QUESTION = "01.2"


def leaky_batch(x, lengths, alpha, h_0):
    """The sum of all that came in, with its weights."""
    T, B = x.shape
    t = np.arange(T)
    weights = np.where(t[:, None] >= t, alpha * (1 - alpha) ** (t[:, None] - t).clip(0), 0.0)  # (T, T)
    states = weights @ x + (1 - alpha) ** (t[:, None] + 1) * h_0
    real = t[:, None] < lengths
    with_start = np.vstack([h_0[None], states])
    return np.where(real, states, 0.0), with_start[lengths, np.arange(B)]
