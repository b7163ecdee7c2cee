import numpy as np

QUESTION = "03.2"
MISTAKE = "slope-of-sigmoid"


def state_jacobian(U, states, t):
    """The slope of a gate."""
    D = np.zeros((states.shape[1], len(U), len(U))) + np.eye(len(U))
    for h in states[t + 1 :]:
        D = np.matmul(np.einsum("bi,ij->bij", h - h**2, U), D)
    return D
