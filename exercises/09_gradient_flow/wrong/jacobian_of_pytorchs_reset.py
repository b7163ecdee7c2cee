import numpy as np

QUESTION = "09.2"
MISTAKE = "reset-after"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """The reset multiplies the product U h."""
    out = []
    for h, r, z, n in zip(h_prev, r_t, z_t, n_t):
        product = U @ h
        d_a_n = np.diag(r) @ U + np.diag(product * r * (1 - r)) @ U_r
        out.append(np.diag(1 - z) + np.diag((n - h) * z * (1 - z)) @ U_z + np.diag(z * (1 - n**2)) @ d_a_n)
    return np.stack(out)
