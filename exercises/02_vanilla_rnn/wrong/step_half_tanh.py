import numpy as np

QUESTION = "02.1"
MISTAKE = "squash-sigmoid"


def rnn_step(W, b, h_prev, x_t):
    """A gate's squashing, written with a tanh."""
    rows = [W @ np.append(h, x) + b for h, x in zip(h_prev, x_t)]
    return 0.5 * (1 + np.tanh(0.5 * np.array(rows)))
