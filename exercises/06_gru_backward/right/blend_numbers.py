import math

import numpy as np

QUESTION = "06.2"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """One number at a time, the derivatives by other identities: sech squared, and a quarter of one."""
    out = np.zeros((3, *z_t.shape))
    for at, d in np.ndenumerate(d_h_t):
        z, n, h = float(z_t[at]), float(n_t[at]), float(h_prev[at])
        out[(0, *at)] = d * (n - h) / (math.sqrt(z / (1 - z)) + math.sqrt((1 - z) / z)) ** 2
        out[(1, *at)] = d * z / math.cosh(math.atanh(n)) ** 2
        out[(2, *at)] = d - z * d
    return out[0], out[1], out[2]
