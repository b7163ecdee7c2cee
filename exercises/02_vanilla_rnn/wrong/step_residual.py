import numpy as np

QUESTION = "02.1"
MISTAKE = "old-state-added"


def rnn_step(W, b, h_prev, x_t):
    """The step as a change of the state."""
    h_t = h_prev.copy()
    for k in range(len(h_t)):
        h_t[k] += np.tanh(W @ np.append(h_prev[k], x_t[k]) + b)
    return h_t
