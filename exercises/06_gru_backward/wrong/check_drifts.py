import numpy as np

QUESTION = "06.4"
MISTAKE = "step-not-taken-back"


def check_gradient(f, gradient, x):
    """Two lists of numbers that drift apart, entry by entry."""
    up, down, ok = x.ravel().tolist(), x.ravel().tolist(), True
    for k, claimed in enumerate(gradient(x).ravel().tolist()):
        up[k] += 1e-5
        down[k] -= 1e-5
        slope = (f(np.array(up).reshape(x.shape)) - f(np.array(down).reshape(x.shape))) / 2e-5
        ok = ok and abs(slope - claimed) <= 1e-4 * max(abs(slope), abs(claimed))
    return bool(ok)
