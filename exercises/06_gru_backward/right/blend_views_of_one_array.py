import numpy as np

QUESTION = "06.2"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """All three in one array, computed in place; the results are views of it."""
    out = np.stack([n_t - h_prev, 1 - n_t * n_t, 1 - z_t])
    out[0] *= z_t
    out[0] *= out[2]
    out[1] *= z_t
    out *= d_h_t
    return out[0], out[1], out[2]
