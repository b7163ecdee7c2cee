import numpy as np

QUESTION = "06.4"
MISTAKE = None


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
    """The largest error the other way round, without its size."""
    errors = [(b - a) / max(abs(a), abs(b), 1e-300) for a, b in zip(gradient(x).ravel(), slopes(f, x))]
    return bool(max(errors) <= 1e-4)
