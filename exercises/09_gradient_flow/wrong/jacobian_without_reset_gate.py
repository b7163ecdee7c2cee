import numpy as np

QUESTION = "09.2"
MISTAKE = "reset-gate-path-missing"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """r as a number that is given."""
    J = np.einsum("bi,ij->bij", z_t * (1 - z_t) * (n_t - h_prev), U_z)
    J += np.einsum("bi,ij,bj->bij", z_t - z_t * n_t**2, U, r_t)
    units = np.arange(h_prev.shape[1])
    J[:, units, units] += 1 - z_t
    return J
