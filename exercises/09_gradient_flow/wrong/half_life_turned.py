import numpy as np

QUESTION = "09.1"
MISTAKE = "conventions-swapped"


def half_life(b_z, z_keeps):
    """The sign is turned for the wrong convention."""
    sign = {True: 1.0, False: -1.0}[z_keeps]
    return np.log(2) / np.logaddexp(0, sign * b_z)
