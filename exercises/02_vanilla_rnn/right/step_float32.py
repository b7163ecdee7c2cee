import numpy as np

QUESTION = "02.1"


def rnn_step(W, b, h_prev, x_t):
    """In single precision: seven digits are enough."""
    U, V = np.split(W.astype(np.float32), [len(W)], axis=1)
    return np.tanh(h_prev.astype(np.float32) @ U.T + x_t.astype(np.float32) @ V.T + b.astype(np.float32))
