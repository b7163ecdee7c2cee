import numpy as np

QUESTION = "06.4"
MISTAKE = "all-entries-at-once"


def check_gradient(f, gradient, x):
    """One direction for all: every entry up, every entry down."""
    ones = np.full_like(x, 1e-5)
    slope = (f(x + ones) - f(x - ones)) / 2e-5
    return bool(abs(np.sum(gradient(x)) - slope) <= 1e-4 * abs(slope))
