import numpy as np

QUESTION = "06.4"
MISTAKE = "limit-too-loose"


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
    """Half a percent is good enough."""
    return all(abs(a - b) <= 5e-3 * max(abs(a), abs(b)) for a, b in zip(gradient(x).ravel(), slopes(f, x)))
