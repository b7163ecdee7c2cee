import numpy as np

QUESTION = "09.2"
MISTAKE = "reset-of-the-wrong-unit"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """r_i U_ij for path 3."""
    B, H = h_prev.shape
    J = np.zeros((B, H, H))
    for b in range(B):
        h, r, z, n = h_prev[b], r_t[b], z_t[b], n_t[b]
        for i in range(H):
            for j in range(H):
                J[b, i, j] = (1 - z[i]) * (i == j) + (n[i] - h[i]) * z[i] * (1 - z[i]) * U_z[i, j]
                inner = U[i, j] * r[i] + sum(U[i, k] * h[k] * r[k] * (1 - r[k]) * U_r[k, j] for k in range(H))
                J[b, i, j] += z[i] * (1 - n[i] ** 2) * inner
    return J
