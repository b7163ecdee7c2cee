import numpy as np

QUESTION = "05.3"
MISTAKE = "gate-tanh"


def gru_step(W_r, b_r, W_z, b_z, W, b, h_prev, x_t):
    """tanh everywhere, written out by exponentials."""
    def squash(a):
        return (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))

    H = h_prev.shape[1]
    pre = np.hstack([h_prev, x_t]) @ np.vstack([W_r, W_z]).T + np.hstack([b_r, b_z])
    gates = squash(pre)
    n = squash(np.hstack([gates[:, :H] * h_prev, x_t]) @ W.T + b)
    return (1 - gates[:, H:]) * h_prev + gates[:, H:] * n
