import numpy as np

QUESTION = "03.2"
MISTAKE = "slope-missing"


def state_jacobian(U, states, t):
    """The power of U."""
    steps = len(states) - 1 - t
    return np.repeat(np.linalg.matrix_power(U, steps)[None], states.shape[1], axis=0)
