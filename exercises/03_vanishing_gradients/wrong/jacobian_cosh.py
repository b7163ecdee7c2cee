import numpy as np

QUESTION = "03.2"
MISTAKE = "slope-squashed-again"


def state_jacobian(U, states, t):
    """The derivative of tanh as 1 / cosh squared, of the state."""
    D = np.zeros((states.shape[1], len(U), len(U))) + np.eye(len(U))
    for h in states[t + 1 :]:
        D = np.matmul(np.einsum("bi,ij->bij", np.cosh(h) ** -2.0, U), D)
    return D
