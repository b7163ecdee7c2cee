import numpy as np

QUESTION = "06.4"
MISTAKE = ("one-sided-difference", "limit-has-a-unit")


def slopes(f, x, eps=1e-5):
    """A difference in each entry, as a flat list."""
    found = []
    for k in range(x.size):
        unit = np.zeros(x.size)
        unit[k] = eps
        unit = unit.reshape(x.shape)
        found.append((f(x + unit) - f(x)) / eps)
    return found


def check_gradient(f, gradient, x):
    """One-sided differences under np.allclose."""
    return np.allclose(gradient(x).ravel(), slopes(f, x), rtol=1e-4)
