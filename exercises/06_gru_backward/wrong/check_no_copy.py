import numpy as np

QUESTION = "06.4"
MISTAKE = "never-passes"


def check_gradient(f, gradient, x):
    """Two names for one array: what goes up comes down before f is called."""
    claimed, start = gradient(x), x.copy()
    for index in np.ndindex(x.shape):
        above = below = start
        above[index] += 1e-5
        below[index] -= 1e-5
        if not np.isclose((f(above) - f(below)) / 2e-5, claimed[index] + 1e-300, rtol=1e-4, atol=0):
            return False
    return True
