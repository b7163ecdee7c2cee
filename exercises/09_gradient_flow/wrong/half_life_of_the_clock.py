import numpy as np

QUESTION = "09.1"
MISTAKE = "clock-period"


def half_life(b_z, z_keeps):
    """One tick in 1/z steps."""
    opened = 1 / (1 + np.exp(b_z)) if z_keeps else 1 / (1 + np.exp(-b_z))
    return opened**-1.0
