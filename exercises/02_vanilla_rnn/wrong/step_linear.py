import numpy as np

QUESTION = "02.1"
MISTAKE = "squash-missing"


def rnn_step(W, b, h_prev, x_t):
    """A leaky integrator's habit: nothing squashed."""
    return np.array([W @ np.append(h, x) + b for h, x in zip(h_prev, x_t)])
