import numpy as np

QUESTION = "09.2"
MISTAKE = "candidate-for-state"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """The candidate's letter in the reset gate's path."""
    out = []
    for h, r, z, n in zip(h_prev, r_t, z_t, n_t):
        bracket = np.diag(r) + np.diag(n * r * (1 - r)) @ U_r
        out.append(np.diag(1 - z) + np.diag((n - h) * z * (1 - z)) @ U_z + np.diag(z * (1 - n**2)) @ U @ bracket)
    return np.stack(out)
