import numpy as np

QUESTION = "09.2"
MISTAKE = "candidate-path-missing"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """Through both gates, and the copy."""
    eye = np.eye(h_prev.shape[1])
    gate = np.einsum("bk,kj->bkj", h_prev * r_t * (1 - r_t), U_r)
    J = np.einsum("bi,ij->bij", 1 - z_t, eye)
    J += np.einsum("bi,ij->bij", (n_t - h_prev) * z_t * (1 - z_t), U_z)
    return J + np.einsum("bi,ik,bkj->bij", z_t * (1 - n_t**2), U, gate)
