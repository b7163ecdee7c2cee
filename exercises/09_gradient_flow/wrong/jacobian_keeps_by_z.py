import numpy as np

QUESTION = "09.2"
MISTAKE = "other-convention"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """h_t = z h + (1 - z) n."""
    out = []
    for h, r, z, n in zip(h_prev, r_t, z_t, n_t):
        into = (1 - z) * (1 - n**2)
        bracket = np.diag(r) + np.diag(h * r * (1 - r)) @ U_r
        out.append(np.diag(z) + np.diag((h - n) * z * (1 - z)) @ U_z + into[:, None] * (U @ bracket))
    return np.stack(out)
