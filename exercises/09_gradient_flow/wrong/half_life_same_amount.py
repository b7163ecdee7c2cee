import numpy as np

QUESTION = "09.1"
MISTAKE = "share-of-the-first-step"


def half_life(b_z, z_keeps):
    """Half, in portions of what the first step takes."""
    a = b_z if not z_keeps else -b_z
    lost = 1 / (1 + np.exp(-a))
    return 0.5 / lost
