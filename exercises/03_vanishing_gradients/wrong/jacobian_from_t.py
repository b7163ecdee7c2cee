import numpy as np

QUESTION = "03.2"
MISTAKE = "one-factor-too-many"


def state_jacobian(U, states, t):
    """Recursive, and one step too far."""
    J = np.einsum("bi,ij->bij", 1 - states[-1] ** 2, U)
    if len(states) - 1 == t:
        return J
    return J @ state_jacobian(U, states[:-1], t)
