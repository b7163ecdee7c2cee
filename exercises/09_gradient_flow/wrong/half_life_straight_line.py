import numpy as np

QUESTION = "09.1"
MISTAKE = "slow-approximation"


def half_life(b_z, z_keeps):
    """A straight line in the logarithm: read off at large half-lives."""
    exponent = b_z if z_keeps else -b_z
    return np.exp(exponent + np.log(np.log(2)))
