import numpy as np

QUESTION = "06.3"
MISTAKE = "gate-weights-read-reset-state"


def step_backward(W_r, W_z, W, h_prev, x_t, r_t, z_t, n_t, d_h_t):
    """All three weights read the reset state."""
    B, H = h_prev.shape
    U_r, U_z, U = W_r[:, :H], W_z[:, :H], W[:, :H]
    V_r, V_z, V = W_r[:, H:], W_z[:, H:], W[:, H:]
    back_h, back_x = np.zeros_like(h_prev), np.zeros_like(x_t)
    grads = [np.zeros_like(W_r), np.zeros(H), np.zeros_like(W_z), np.zeros(H), np.zeros_like(W), np.zeros(H)]
    for k in range(B):
        h, x, r, z, n, d = h_prev[k], x_t[k], r_t[k], z_t[k], n_t[k], d_h_t[k]
        e_n = d * z * (1 - n) * (1 + n)
        e_z = d * (n - h) * (z - z**2)
        product = U.T @ e_n
        e_r = product * h * (r - r**2)
        back_h[k] = d - z * d + r * product + U_r.T @ e_r + U_z.T @ e_z
        back_x[k] = V.T @ e_n + V_r.T @ e_r + V_z.T @ e_z
        grads[0] += np.outer(e_r, np.append(r * h, x))
        grads[1] += e_r
        grads[2] += np.outer(e_z, np.append(r * h, x))
        grads[3] += e_z
        grads[4] += np.outer(e_n, np.append(r * h, x))
        grads[5] += e_n
    return back_h, back_x, *grads
