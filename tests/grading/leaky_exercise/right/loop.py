"""A loop in place of array arithmetic."""

QUESTION = "90.1"


def leaky_step(alpha, h_prev, x_t):
    import numpy as np

    return np.array([alpha * x + (1 - alpha) * h for h, x in zip(h_prev, x_t, strict=True)])
