import numpy as np

QUESTION = "09.2"
MISTAKE = "sigmoid-derivative-missing"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """Both gates as if they were linear."""
    out = []
    for h, r, z, n in zip(h_prev, r_t, z_t, n_t):
        bracket = np.diag(r) + h[:, None] * U_r
        out.append(np.diag(1 - z) + (n - h)[:, None] * U_z + (z - z * n**2)[:, None] * (U @ bracket))
    return np.stack(out)
