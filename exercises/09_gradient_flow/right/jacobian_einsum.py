import numpy as np

QUESTION = "09.2"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """All four paths by their indices."""
    slope_n = z_t * (1 - n_t**2)
    J = np.einsum("bi,ij->bij", 1 - z_t, np.eye(len(U)))
    J += np.einsum("bi,ij->bij", (n_t - h_prev) * z_t * (1 - z_t), U_z)
    J += np.einsum("bi,ij,bj->bij", slope_n, U, r_t)
    return J + np.einsum("bi,ik,bk,kj->bij", slope_n, U, h_prev * r_t * (1 - r_t), U_r)
