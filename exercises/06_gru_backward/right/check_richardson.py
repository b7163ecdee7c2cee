import numpy as np

QUESTION = "06.4"


def check_gradient(f, gradient, x):
    """Two central differences, combined so that the error falls with the fourth power of the step."""
    def central(unit, eps):
        return (f(x + eps * unit) - f(x - eps * unit)) / (2 * eps)

    units = np.eye(x.size).reshape(x.size, *x.shape)
    slopes = np.array([(4 * central(unit, 5e-5) - central(unit, 1e-4)) / 3 for unit in units])
    return bool(np.allclose(gradient(x).ravel(), slopes, rtol=2e-4, atol=0.0))
