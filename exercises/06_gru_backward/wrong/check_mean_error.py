import numpy as np

QUESTION = "06.4"
MISTAKE = "large-entries-hide-small"


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
    """The mean error over the mean size."""
    claimed, found = gradient(x).ravel(), np.array(slopes(f, x))
    return np.mean(np.abs(claimed - found)).item() <= 1e-4 * np.mean(np.abs(found)).item()
