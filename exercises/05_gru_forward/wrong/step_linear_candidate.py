import numpy as np

QUESTION = "05.3"
MISTAKE = "candidate-linear"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    H = h_prev.shape[1]
    r = logistic(np.dot(h_prev, W_r[:, :H].T) + np.dot(x_t, W_r[:, H:].T) + b_r)
    z = logistic(np.dot(h_prev, W_z[:, :H].T) + np.dot(x_t, W_z[:, H:].T) + b_z)
    n = np.dot(r * h_prev, W[:, :H].T) + np.dot(x_t, W[:, H:].T) + b
    return h_prev + z * (n - h_prev)
