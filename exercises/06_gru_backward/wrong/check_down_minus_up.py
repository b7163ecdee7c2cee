import numpy as np

QUESTION = "06.4"
MISTAKE = "difference-turned-round"


def check_gradient(f, gradient, x):
    """What f loses on the way down, with the sign of a loss."""
    claimed = gradient(x)
    for (i, j), value in np.ndenumerate(claimed):
        gap = np.zeros(x.shape)
        gap[i, j] = 1e-5
        slope = (f(x - gap) - f(x + gap)) / 2e-5
        if abs(slope - value) > 1e-4 * max(abs(slope), abs(value)):
            return False
    return True
