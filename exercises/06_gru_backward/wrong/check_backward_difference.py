import numpy as np

QUESTION = "06.4"
MISTAKE = "one-sided-difference"


def check_gradient(f, gradient, x):
    """One-sided from below, with a step of its own size."""
    start, eps = f(x), 2e-5
    slope = np.array([start - f(x - eps * unit.reshape(x.shape)) for unit in np.eye(x.size)]) / eps
    claimed = gradient(x).ravel()
    return bool((abs(slope - claimed) <= 2e-4 * np.maximum(abs(slope), abs(claimed))).all())
