import numpy as np

QUESTION = "03.3"
MISTAKE = "by-value"


def clip_gradients(d_U, d_V, d_b, max_norm):
    """Entries between two bounds."""
    flat = np.concatenate([d_U.ravel(), d_V.ravel(), d_b])
    cut = [np.minimum(np.maximum(g, -max_norm), max_norm) for g in (d_U, d_V, d_b)]
    return *cut, np.linalg.norm(flat)
