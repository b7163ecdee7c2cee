import numpy as np

QUESTION = "06.4"
MISTAKE = "one-right-entry-suffices"


def slopes(f, x, eps=1e-5):
    """A central difference in each entry, as a flat list."""
    found = []
    for k in range(x.size):
        unit = np.zeros(x.size)
        unit[k] = eps
        unit = unit.reshape(x.shape)
        found.append((f(x + unit) - f(x - unit)) / (2 * eps))
    return found


def check_gradient(f, gradient, x):
    """Counts agreements, and asks for one."""
    good = sum(abs(a - b) <= 1e-4 * max(abs(a), abs(b)) for a, b in zip(gradient(x).ravel(), slopes(f, x)))
    return bool(good > 0)
