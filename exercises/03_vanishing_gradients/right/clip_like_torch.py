import numpy as np

QUESTION = "03.3"


def clip_gradients(d_U, d_V, d_b, max_norm):
    """With the small number that PyTorch adds to the norm."""
    norms = [np.linalg.norm(g) for g in (d_U, d_V, d_b)]
    length = np.linalg.norm(norms)
    scale = np.clip(max_norm / (length + 1e-6), None, 1.0)
    return d_U * scale, d_V * scale, d_b * scale, length
