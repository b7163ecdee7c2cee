import numpy as np

QUESTION = "03.2"
MISTAKE = "first-factor-missing"


def state_jacobian(U, states, t):
    """A slice that begins too late."""
    D = np.zeros((states.shape[1], len(U), len(U))) + np.eye(len(U))
    for h in states[t + 2 :]:
        D = np.matmul(np.einsum("bi,ij->bij", 1 - h**2, U), D)
    return D
