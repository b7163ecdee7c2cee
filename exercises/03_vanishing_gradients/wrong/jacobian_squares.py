import numpy as np

QUESTION = "03.2"
MISTAKE = "slope-unsquared"


def state_jacobian(U, states, t):
    """A square lost."""
    D = np.zeros((states.shape[1], len(U), len(U))) + np.eye(len(U))
    for h in states[t + 1 :]:
        D = np.einsum("bij,bjk->bik", U - h[:, :, None] * U, D)
    return D
