import numpy as np

QUESTION = "09.3"
MISTAKE = "longest-for-all"


def chrono_bias(bias, T_max, z_keeps, seed):
    """The right size for the longest distance, everywhere."""
    r, z, n = np.split(bias, 3)
    longest = np.log(T_max - 1.0)
    return np.hstack([r, np.full_like(z, longest if z_keeps else -longest), n])
