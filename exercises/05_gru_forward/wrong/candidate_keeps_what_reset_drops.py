import numpy as np

QUESTION = "05.2"
MISTAKE = "reset-inverted"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def update_and_candidate(W_z, b_z, W, b, r_t, h_prev, x_t):
    H = b.size
    kept = h_prev - r_t * h_prev
    z = logistic(h_prev @ W_z[:, :H].T + x_t @ W_z[:, H:].T + b_z)
    n = np.tanh(kept @ W[:, :H].T + x_t @ W[:, H:].T + b)
    return z, n
