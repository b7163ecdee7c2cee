import numpy as np

QUESTION = "09.2"
MISTAKE = "weights-transposed"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """Every weight read column by column."""
    J = np.einsum("bi,ji->bij", (n_t - h_prev) * z_t * (1 - z_t), U_z)
    J += np.einsum("bi,ji,bj->bij", z_t * (1 - n_t**2), U, r_t)
    J += np.einsum("bi,ki,bk,jk->bij", z_t * (1 - n_t**2), U, h_prev * r_t * (1 - r_t), U_r)
    return J + np.einsum("bi,ij->bij", 1 - z_t, np.eye(len(U)))
