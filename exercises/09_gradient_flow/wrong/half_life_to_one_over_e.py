import numpy as np

QUESTION = "09.1"
MISTAKE = "time-constant"


def half_life(b_z, z_keeps):
    """Steps until the exponent is -1."""
    rate = np.logaddexp(0, np.where(z_keeps, -b_z, b_z))
    return 1.0 / rate
