import numpy as np

QUESTION = "06.3"
MISTAKE = "gates-held-fixed"


def step_backward(W_r, W_z, W, h_prev, x_t, r_t, z_t, n_t, d_h_t):
    """To the state before: the direct path and the candidate's."""
    H = r_t.shape[-1]
    g_n = np.einsum("bi,bi,bi->bi", d_h_t, z_t, 1.0 - np.square(n_t))
    g_z = np.einsum("bi,bi,bi,bi->bi", d_h_t, n_t - h_prev, z_t, 1.0 - z_t)
    at_product = np.einsum("bi,ij->bj", g_n, W[:, :H])
    g_r = np.einsum("bj,bj,bj,bj->bj", at_product, h_prev, r_t, 1.0 - r_t)
    d_h_prev = np.einsum("bi,bi->bi", d_h_t, 1.0 - z_t)
    d_h_prev += np.einsum("bj,bj->bj", at_product, r_t)
    d_x_t = np.einsum("bi,ij->bj", g_n, W[:, H:])
    d_x_t += np.einsum("bi,ij->bj", g_r, W_r[:, H:])
    d_x_t += np.einsum("bi,ij->bj", g_z, W_z[:, H:])

    def weight(g, state):
        return np.hstack([np.einsum("bi,bj->ij", g, state), np.einsum("bi,bj->ij", g, x_t)])

    def bias(g):
        return np.einsum("bi->i", g)

    return (d_h_prev, d_x_t, weight(g_r, h_prev), bias(g_r), weight(g_z, h_prev), bias(g_z),
            weight(g_n, r_t * h_prev), bias(g_n))
