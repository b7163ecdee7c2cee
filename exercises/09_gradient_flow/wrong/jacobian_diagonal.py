import numpy as np

QUESTION = "09.2"
MISTAKE = "copy-only"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """One derivative of the last line."""
    return np.stack([np.diag(1 - z) for z in z_t])
