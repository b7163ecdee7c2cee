import numpy as np

QUESTION = "05.3"
MISTAKE = ("reset-after", "leak-missing")


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    H = len(b_r)
    new = []
    for h, x in zip(h_prev, x_t):
        r = logistic(W_r[:, :H] @ h + W_r[:, H:] @ x + b_r)
        z = logistic(W_z[:, :H] @ h + W_z[:, H:] @ x + b_z)
        new.append(h + z * np.tanh(r * (W[:, :H] @ h) + W[:, H:] @ x + b))
    return np.array(new)
