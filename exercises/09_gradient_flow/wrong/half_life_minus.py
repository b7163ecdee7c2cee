import numpy as np

QUESTION = "09.1"
MISTAKE = "half-life-sign"


def half_life(b_z, z_keeps):
    """ln(1/2) on top, and a positive number below."""
    return np.log(0.5) / np.logaddexp(0, (1 - 2 * z_keeps) * b_z)
