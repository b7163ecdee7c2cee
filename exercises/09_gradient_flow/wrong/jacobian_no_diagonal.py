import numpy as np

QUESTION = "09.2"
MISTAKE = "copy-missing"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """diag(z) M alone."""
    M = np.einsum("bi,ij->bij", (n_t - h_prev) * (1 - z_t), U_z)
    M += np.einsum("bi,ij,bj->bij", 1 - n_t**2, U, r_t)
    M += np.einsum("bi,ik,bk,kj->bij", 1 - n_t**2, U, h_prev * r_t * (1 - r_t), U_r)
    return z_t[:, :, None] * M
