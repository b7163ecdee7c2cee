import numpy as np

QUESTION = "09.3"
MISTAKE = "all-rows"


def chrono_bias(bias, T_max, z_keeps, seed):
    """The same draw in all three blocks."""
    u = np.random.default_rng(seed).uniform(1, T_max - 1, len(bias) // 3)
    b = np.log(u) if z_keeps else -np.log(u)
    return np.concatenate([b, b, b])
