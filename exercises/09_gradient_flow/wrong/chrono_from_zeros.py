import numpy as np

QUESTION = "09.3"
MISTAKE = "other-rows-cleared"


def chrono_bias(bias, T_max, z_keeps, seed):
    """A new vector, with nothing else in it."""
    H = bias.size // 3
    u = np.random.default_rng(seed).uniform(1, T_max - 1, H)
    sign = 1.0 if z_keeps else -1.0
    return np.concatenate([np.zeros(H), sign * np.log(u), np.zeros(H)])
