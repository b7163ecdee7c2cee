import numpy as np

QUESTION = "09.3"
MISTAKE = "range-from-zero"


def chrono_bias(bias, T_max, z_keeps, seed):
    """A share of the longest time."""
    parts = np.split(bias, 3)
    u = (T_max - 1) * np.random.default_rng(seed).random(parts[1].size)
    parts[1] = np.log(u) if z_keeps else -np.log(u)
    return np.concatenate(parts)
