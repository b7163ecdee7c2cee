import numpy as np

QUESTION = "03.3"


def clip_gradients(d_U, d_V, d_b, max_norm):
    """One long vector, clipped and cut up again."""
    flat = np.concatenate([d_U.ravel(), d_V.ravel(), d_b])
    length = np.linalg.norm(flat)
    if length > max_norm:
        flat = flat / length * max_norm
    U, V, b = np.split(flat, [d_U.size, d_U.size + d_V.size])
    return U.reshape(d_U.shape), V.reshape(d_V.shape), b, length
