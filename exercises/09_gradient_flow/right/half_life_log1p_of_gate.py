import numpy as np

QUESTION = "09.1"


def half_life(b_z, z_keeps):
    """log1p(-z) with the z that is lost: tiny, but not rounded."""
    lost = 1 / (1 + np.exp(b_z)) if z_keeps else 1 / (1 + np.exp(-b_z))
    return np.log(0.5) / np.log1p(-lost)
