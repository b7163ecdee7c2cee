import numpy as np

QUESTION = "09.3"
MISTAKE = "conventions-swapped"


def chrono_bias(bias, T_max, z_keeps, seed):
    """The sign is turned where it must stay, and stays where it must be turned."""
    parts = np.split(bias, 3)
    parts[1] = np.log(np.random.default_rng(seed).uniform(1, T_max - 1, parts[1].size))
    if z_keeps:
        parts[1] = -parts[1]
    return np.concatenate(parts)
