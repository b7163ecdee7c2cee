import numpy as np

QUESTION = "09.1"
MISTAKE = "rounded-away"


def half_life(b_z, z_keeps):
    """The gate first, then a logarithm of base 2 of what a step keeps."""
    gate = 1 / (1 + np.exp(-b_z))
    kept = gate if z_keeps else 1 - gate
    with np.errstate(divide="ignore"):
        return -1 / np.log2(kept)
