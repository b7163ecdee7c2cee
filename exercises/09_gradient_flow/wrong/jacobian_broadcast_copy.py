import numpy as np

QUESTION = "09.2"
MISTAKE = "copy-everywhere"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """1 - z added by broadcasting."""
    bracket = np.einsum("bi,ij->bij", r_t, np.eye(len(U))) + np.einsum("bi,ij->bij", h_prev * r_t * (1 - r_t), U_r)
    J = np.einsum("bi,ik,bkj->bij", z_t * (1 - n_t**2), U, bracket)
    J += np.einsum("bi,ij->bij", (n_t - h_prev) * z_t * (1 - z_t), U_z)
    return J + (1 - z_t)[..., np.newaxis]
