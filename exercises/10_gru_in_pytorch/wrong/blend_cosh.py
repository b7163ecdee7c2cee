QUESTION = "10.5"
MISTAKE = "tanh-twice"


def blend_backward(h_prev, z, n, d_h_t):
    """1 / cosh^2 of the candidate instead of its pre-activation."""
    import numpy as np

    keep = 1 - z
    return d_h_t * (n - h_prev) * z * keep, z * d_h_t / np.cosh(n) ** 2, keep * d_h_t
