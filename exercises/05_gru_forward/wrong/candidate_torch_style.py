import numpy as np

QUESTION = "05.2"
MISTAKE = "reset-after-with-bias"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def update_and_candidate(W_z, b_z, W, b, r_t, h_prev, x_t):
    H = len(b_z)
    weight_hh, weight_ih = np.vstack([W_z[:, :H], W[:, :H]]), np.vstack([W_z[:, H:], W[:, H:]])
    from_state = h_prev @ weight_hh.T + np.hstack([b_z, b])
    from_input = x_t @ weight_ih.T
    z = logistic(from_state[:, :H] + from_input[:, :H])
    n = np.tanh(from_input[:, H:] + r_t * from_state[:, H:])
    return z, n
