import numpy as np

QUESTION = "09.2"
MISTAKE = ("blend-candidate-only", "tanh-derivative-missing")


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """Two slips: the loss of the copy is forgotten, and the tanh."""
    eye = np.eye(len(U))
    J = np.einsum("bi,ij->bij", 1 - z_t, eye) + np.einsum("bi,ij->bij", n_t * z_t * (1 - z_t), U_z)
    J += np.einsum("bi,ij,bj->bij", z_t, U, r_t)
    return J + np.einsum("bi,ik,bk,kj->bij", z_t, U, h_prev * r_t * (1 - r_t), U_r)
