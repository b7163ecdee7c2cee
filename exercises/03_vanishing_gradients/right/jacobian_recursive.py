import numpy as np

QUESTION = "03.2"


def state_jacobian(U, states, t):
    """The last factor times the rest."""
    if t == len(states) - 1:
        return np.tile(np.eye(len(U)), (states.shape[1], 1, 1))
    return np.einsum("bi,ij,bjk->bik", 1 - states[-1] ** 2, U, state_jacobian(U, states[:-1], t))
