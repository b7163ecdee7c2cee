import numpy as np

QUESTION = "09.2"
MISTAKE = "update-gate-path-missing"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """The copy and the candidate, sequence by sequence."""
    out = []
    for h, r, z, n in zip(h_prev, r_t, z_t, n_t):
        d_rh = np.diag(r) + np.diag(h * r * (1 - r)) @ U_r
        out.append(np.diag(1 - z) + np.diag(z * (1 - n * n)) @ U @ d_rh)
    return np.array(out)
