import numpy as np

QUESTION = "09.1"


def half_life(b_z, z_keeps):
    """logaddexp(0, a) is ln(1 + e^a), at any a."""
    return np.log(2) / np.logaddexp(0, (1 - 2 * z_keeps) * b_z)
