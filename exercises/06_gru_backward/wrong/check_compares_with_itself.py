import numpy as np

QUESTION = "06.4"
MISTAKE = "never-flags"


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
    """The numbers are computed, and the claim is compared with the claim."""
    claimed, found = gradient(x), slopes(f, x)
    return len(found) == claimed.size and bool(np.allclose(claimed, gradient(x)))
