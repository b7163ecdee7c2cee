import numpy as np

QUESTION = "09.2"


def jacobian(U_r, U_z, U, h_prev, r_t, z_t, n_t):
    """Row i is the gradient of unit i, sent back through the step."""
    B, H = h_prev.shape
    J = np.empty((B, H, H))
    for i in range(H):
        d_h = np.zeros((B, H))
        d_h[:, i] = 1
        d_a_z = d_h * (n_t - h_prev) * z_t * (1 - z_t)
        d_rh = (d_h * z_t * (1 - n_t**2)) @ U
        d_a_r = d_rh * h_prev * r_t * (1 - r_t)
        J[:, i] = d_h * (1 - z_t) + d_rh * r_t + d_a_r @ U_r + d_a_z @ U_z
    return J
