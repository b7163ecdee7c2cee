import numpy as np

QUESTION = "09.1"
MISTAKE = None


def half_life(b_z, z_keeps):
    """Right numbers, but the biases that were handed in are gone."""
    if z_keeps:
        b_z *= -1
    return np.log(2) / np.logaddexp(0, b_z)
