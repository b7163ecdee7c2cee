import numpy as np

QUESTION = "06.4"


def check_gradient(f, gradient, x):
    """One array moved in place and set back to what it was, not by adding; stops at the first bad entry."""
    claimed = gradient(x)
    moved = x.copy()
    it = np.nditer(x, flags=["multi_index"])
    for value in it:
        at, eps = it.multi_index, 3e-6
        moved[at] = value + eps
        up = f(moved)
        moved[at] = value - eps
        down = f(moved)
        moved[at] = value
        slope = (up - down) / (2 * eps)
        if abs(slope - claimed[at]) > 2e-4 * (abs(slope) + abs(claimed[at])):
            return False
    return True
