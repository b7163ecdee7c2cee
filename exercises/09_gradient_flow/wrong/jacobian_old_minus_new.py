import numpy as np

QUESTION = "09.2"
MISTAKE = "blend-sign"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """h - z (h - n), and the outer minus lost."""
    eye = np.eye(h_prev.shape[1])
    J = np.einsum("bi,ij->bij", 1 - z_t, eye) + np.einsum("bi,ij->bij", (h_prev - n_t) * (z_t - z_t**2), U_z)
    J += np.einsum("bi,ij,bj->bij", z_t * (1 - n_t**2), U, r_t)
    return J + np.einsum("bi,ik,bk,kj->bij", z_t * (1 - n_t**2), U, h_prev * (r_t - r_t**2), U_r)
