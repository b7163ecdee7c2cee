import numpy as np

QUESTION = "06.4"
MISTAKE = "step-too-large"


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
    """A step of a tenth, so that the difference is surely visible."""
    claimed, found = gradient(x).ravel(), np.array(slopes(f, x, eps=0.1))
    return not np.any(np.abs(claimed - found) > 1e-4 * np.maximum(np.abs(claimed), np.abs(found)))
