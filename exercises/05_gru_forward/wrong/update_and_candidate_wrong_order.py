import numpy as np

QUESTION = "05.2"
MISTAKE = "outputs-swapped"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def update_and_candidate(W_z, b_z, W, b, r_t, h_prev, x_t):
    H = len(b)
    out = {}
    for name, weight, bias, state, squash in (
        ("gate", W_z, b_z, h_prev, logistic),
        ("candidate", W, b, np.multiply(r_t, h_prev), np.tanh),
    ):
        out[name] = squash(state @ weight[:, :H].T + x_t @ weight[:, H:].T + bias)
    return tuple(out[name] for name in sorted(out))
