import numpy as np

QUESTION = "03.2"
MISTAKE = "one-jacobian-for-all"


def state_jacobian(U, states, t):
    """As if the state stood still at its last value."""
    out = [np.linalg.matrix_power(np.diag(1 - h**2) @ U, len(states) - 1 - t) for h in states[-1]]
    return np.array(out)
