import numpy as np

QUESTION = "09.2"
MISTAKE = "gates-held-fixed"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """The gates read the state only once, and are then numbers."""
    J = (z_t * (1 - n_t**2))[:, :, None] * U * r_t[:, None, :]
    for b, z in enumerate(z_t):
        J[b] += np.diag(1 - z)
    return J
