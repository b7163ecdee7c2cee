import numpy as np

QUESTION = "02.3"


def rnn_backward_step(W, h_prev, x_t, h_t, d_output_t, d_h):
    """One sequence at a time, with its Jacobian."""
    H = len(W)
    d_h_prev, d_x_t = np.empty_like(h_prev), np.empty_like(x_t)
    d_W, d_b = np.zeros_like(W), np.zeros(H)
    for k in range(len(h_t)):
        slope = np.diag(1 - h_t[k] ** 2)
        total = d_output_t[k] + d_h[k]
        d_h_prev[k] = (slope @ W[:, :H]).T @ total
        d_x_t[k] = (slope @ W[:, H:]).T @ total
        d_W += np.outer(slope @ total, np.concatenate([h_prev[k], x_t[k]]))
        d_b += slope @ total
    return d_h_prev, d_x_t, d_W, d_b
