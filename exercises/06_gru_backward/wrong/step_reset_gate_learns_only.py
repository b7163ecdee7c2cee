import numpy as np

QUESTION = "06.3"
MISTAKE = "reset-gate-path-missing"


def step_backward(W_r, W_z, W, h_prev, x_t, r_t, z_t, n_t, d_h_t):
    """Of the two gates only the update gate leads back."""
    B, H = h_prev.shape
    split = np.split(np.stack([W_r, W_z, W]), [H], axis=2)
    U, V = split
    d_pre = np.empty((3, B, H))
    d_pre[2] = d_h_t * z_t - d_h_t * z_t * n_t * n_t
    d_pre[1] = d_h_t * (n_t - h_prev)
    d_reset_state = np.dot(d_pre[2], U[2])
    d_pre[0] = d_reset_state * h_prev
    gates = np.stack([r_t, z_t])
    d_pre[:2] *= gates * (1 - gates)
    d_h_prev = d_pre[1] @ U[1]
    d_h_prev += d_reset_state * r_t
    d_h_prev += d_h_t * (1 - z_t)
    d_x_t = np.matmul(d_pre[1:], V[1:]).sum(axis=0)
    read = np.stack([h_prev, h_prev, r_t * h_prev])
    d_weight = np.concatenate(
        [np.matmul(d_pre.swapaxes(1, 2), read), np.matmul(d_pre.swapaxes(1, 2), x_t)], axis=2
    )
    d_bias = np.add.reduce(d_pre, axis=1)
    return d_h_prev, d_x_t, d_weight[0], d_bias[0], d_weight[1], d_bias[1], d_weight[2], d_bias[2]
