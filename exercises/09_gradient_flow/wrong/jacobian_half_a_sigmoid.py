import numpy as np

QUESTION = "09.2"
MISTAKE = "one-minus-z-missing"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """diag(z) M, with 1 - z forgotten in M."""
    eye = np.eye(U.shape[0])
    M = np.einsum("bi,ij->bij", n_t - h_prev, U_z)
    bracket = np.einsum("bi,ij->bij", r_t, eye) + np.einsum("bi,ij->bij", h_prev * r_t * (1 - r_t), U_r)
    M = M + np.einsum("bi,ik,bkj->bij", 1 - n_t**2, U, bracket)
    return (1 - z_t)[..., None] * eye + z_t[..., None] * M
