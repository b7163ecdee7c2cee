import numpy as np

QUESTION = "03.3"
MISTAKE = None


def clip_gradients(d_U, d_V, d_b, max_norm):
    """All right, but the caller's arrays are scaled."""
    length = np.linalg.norm(np.concatenate([d_U.ravel(), d_V.ravel(), d_b]))
    if length > max_norm:
        for g in (d_U, d_V, d_b):
            g *= max_norm / length
    return d_U, d_V, d_b, length
