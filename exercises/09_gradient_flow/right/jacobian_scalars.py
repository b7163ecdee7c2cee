import numpy as np

QUESTION = "09.2"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """Entry by entry."""
    B, H = h_prev.shape
    J = np.zeros((B, H, H))
    for b, i, j in np.ndindex(B, H, H):
        h, r, z, n = h_prev[b], r_t[b], z_t[b], n_t[b]
        inner = U[i, j] * r[j]
        for k in range(H):
            inner += U[i, k] * h[k] * r[k] * (1 - r[k]) * U_r[k, j]
        J[b, i, j] = z[i] * ((n[i] - h[i]) * (1 - z[i]) * U_z[i, j] + (1 - n[i] ** 2) * inner)
        if i == j:
            J[b, i, j] += 1 - z[i]
    return J
