import numpy as np

QUESTION = "09.2"
MISTAKE = "products-turned-round"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """The bracket to the left of U."""
    out = []
    for h, r, z, n in zip(h_prev, r_t, z_t, n_t):
        bracket = np.diag(r) + np.diag(h * r * (1 - r)).dot(U_r)
        third = np.diag(z * (1 - n**2)).dot(bracket).dot(U)
        out.append(np.diag(1 - z) + np.diag((n - h) * z * (1 - z)).dot(U_z) + third)
    return np.stack(out)
