import numpy as np

QUESTION = "06.4"
MISTAKE = "last-entry-decides"


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
    """The flag is set anew for every entry."""
    ok = True
    for claimed, found in zip(gradient(x).ravel(), slopes(f, x)):
        ok = abs(claimed - found) <= 1e-4 * max(abs(claimed), abs(found))
    return bool(ok)
