import numpy as np

QUESTION = "06.4"
MISTAKE = "one-sided-difference"


def check_gradient(f, gradient, x):
    """As it stands in many a first course: f once at x, then once for each entry."""
    start, eps = f(x), 1e-5
    slope = np.array([f(x + eps * unit.reshape(x.shape)) - start for unit in np.eye(x.size)]) / eps
    claimed = gradient(x).ravel()
    return bool((abs(slope - claimed) <= 1e-4 * np.maximum(abs(slope), abs(claimed))).all())
