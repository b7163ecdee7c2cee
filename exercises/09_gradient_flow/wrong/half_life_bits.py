import numpy as np

QUESTION = "09.1"
MISTAKE = "logarithms-mixed"


def half_life(b_z, z_keeps):
    """ln above, log2 below."""
    a = -b_z if z_keeps else b_z
    return np.log(2) / np.logaddexp2(0, a / np.log(2))
