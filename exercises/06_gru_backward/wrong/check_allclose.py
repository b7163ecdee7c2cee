import numpy as np

QUESTION = "06.4"
MISTAKE = "limit-has-a-unit"


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
    """np.allclose with a relative limit, and the absolute one that it has anyway."""
    return np.allclose(gradient(x).ravel(), slopes(f, x), rtol=1e-4)
