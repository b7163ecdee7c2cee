import numpy as np

QUESTION = "06.4"
MISTAKE = "zero-over-zero"


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
    """The relative error of each entry, whatever it is divided by."""
    claimed, found = gradient(x).ravel(), np.array(slopes(f, x))
    with np.errstate(invalid="ignore"):
        relative = np.abs(claimed - found) / (np.abs(claimed) + np.abs(found))
    return bool(np.max(relative) < 5e-5)
