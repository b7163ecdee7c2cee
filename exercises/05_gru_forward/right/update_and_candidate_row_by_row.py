import numpy as np

QUESTION = "05.2"


def update_and_candidate(W_z, b_z, W, b, r_t, h_prev, x_t):
    """One sequence at a time; the reset gate as a diagonal matrix."""
    H = h_prev.shape[1]
    z, n = np.empty_like(h_prev), np.empty_like(h_prev)
    for k in range(len(h_prev)):
        z[k] = 1 / (1 + np.exp(-(W_z @ np.r_[h_prev[k], x_t[k]] + b_z)))
        n[k] = np.tanh(W[:, :H] @ np.diag(r_t[k]) @ h_prev[k] + W[:, H:] @ x_t[k] + b)
    return z, n
