import numpy as np

QUESTION = "03.3"


def clip_gradients(d_U, d_V, d_b, max_norm):
    """Entry by entry, with Python's own numbers."""
    total = 0.0
    for g in (d_U, d_V, d_b):
        for entry in g.ravel().tolist():
            total += entry * entry
    length = total**0.5
    if length <= max_norm:
        return d_U, d_V, d_b, length
    return tuple(g * max_norm / length for g in (d_U, d_V, d_b)) + (length,)
