import numpy as np

QUESTION = "09.1"
MISTAKE = "small-share-rule"


def half_life(b_z, z_keeps):
    """The rule of 69 for what comes in."""
    odds = np.exp(b_z if z_keeps else -b_z)
    return np.log(2) + np.log(2) * odds
