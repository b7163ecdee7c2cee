import numpy as np

QUESTION = "06.4"
MISTAKE = "divided-by-one-step"


def check_gradient(f, gradient, x):
    """The gap is counted once."""
    claimed = gradient(x)
    for (i, j), value in np.ndenumerate(claimed):
        gap = np.zeros(x.shape)
        gap[i, j] = 1e-5
        slope = (f(x + gap) - f(x - gap)) / gap[i, j]
        if abs(slope - value) > 1e-4 * max(abs(slope), abs(value)):
            return False
    return True
