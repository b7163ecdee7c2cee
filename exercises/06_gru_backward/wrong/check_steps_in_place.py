import numpy as np

QUESTION = "06.4"
MISTAKE = None


def check_gradient(f, gradient, x):
    """Right verdicts, but x is moved in place, and adding does not give back what subtracting took."""
    claimed, eps, ok = gradient(x), 1e-5, True
    for index in np.ndindex(x.shape):
        x[index] += eps
        up = f(x)
        x[index] -= 2 * eps
        down = f(x)
        x[index] += eps
        slope = (up - down) / (2 * eps)
        ok = ok and abs(slope - claimed[index]) <= 1e-4 * max(abs(slope), abs(claimed[index]))
    return bool(ok)
