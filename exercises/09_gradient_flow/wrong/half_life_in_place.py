import numpy as np

QUESTION = "09.1"
MISTAKE = None


def half_life(b_z, z_keeps):
    """Right numbers, but the biases that were handed in are gone."""
    np.exp(b_z, out=b_z)
    return np.log(2) / np.log1p(1 / b_z if z_keeps else b_z)
