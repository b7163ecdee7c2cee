import numpy as np

QUESTION = "01.2"
MISTAKE = "output-repeats-held-state"


def leaky_batch(x, lengths, alpha, h_0):
    """Share 0 in padding, and no zeros in the output."""
    share = np.where(np.arange(x.shape[0]).reshape(-1, 1) < lengths, alpha, 0.0)
    states = [h_0]
    for x_t, a in zip(x, share):
        states.append((1 - a) * states[-1] + a * x_t)
    return np.stack(states[1:]), states[-1]
