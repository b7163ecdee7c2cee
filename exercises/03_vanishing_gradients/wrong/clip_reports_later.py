import numpy as np

QUESTION = "03.3"
MISTAKE = "norm-after"


def clip_gradients(d_U, d_V, d_b, max_norm):
    """The norm measured when all is done."""
    flat = np.concatenate([d_U.ravel(), d_V.ravel(), d_b])
    if np.linalg.norm(flat) > max_norm:
        flat = flat * (max_norm / np.linalg.norm(flat))
    U, V, b = np.split(flat, [d_U.size, d_U.size + d_V.size])
    return U.reshape(d_U.shape), V.reshape(d_V.shape), b, np.linalg.norm(flat)
