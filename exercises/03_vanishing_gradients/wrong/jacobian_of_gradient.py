import numpy as np

QUESTION = "03.2"
MISTAKE = "transposed-result"


def state_jacobian(U, states, t):
    """The matrix that takes a gradient back."""
    D = np.zeros((states.shape[1], len(U), len(U))) + np.eye(len(U))
    for h in states[: t : -1]:
        D = np.einsum("ij,bi,bik->bjk", U, 1 - h**2, D)
    return D
