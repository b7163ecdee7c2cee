import numpy as np

QUESTION = "03.2"
MISTAKE = None


def state_jacobian(U, states, t):
    """All right, but the states are made into slopes where they lie."""
    np.subtract(1, states**2, out=states)
    D = np.zeros((states.shape[1], len(U), len(U))) + np.eye(len(U))
    for s in states[t + 1 :]:
        D = np.einsum("bi,ij,bjk->bik", s, U, D)
    return D
