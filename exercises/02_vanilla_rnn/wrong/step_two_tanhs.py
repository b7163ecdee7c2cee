import numpy as np

QUESTION = "02.1"
MISTAKE = "squashed-apart"


def rnn_step(W, b, h_prev, x_t):
    """A squashed memory plus a squashed input."""
    U, V = np.split(W, [len(W)], axis=1)
    memory, news = np.tanh(h_prev @ U.T), np.tanh(x_t @ V.T + b)
    return memory + news
