import numpy as np

QUESTION = "03.3"
MISTAKE = "each-array"


def clip_gradients(d_U, d_V, d_b, max_norm):
    """A loop over the arrays, each with a factor of its own."""
    out, total = [], 0.0
    for g in (d_U, d_V, d_b):
        length = float(np.sum(g * g)) ** 0.5
        total += length**2
        out.append(g if length <= max_norm else g / length * max_norm)
    return *out, total**0.5
