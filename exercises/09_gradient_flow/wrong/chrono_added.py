import numpy as np

QUESTION = "09.3"
MISTAKE = "added-to-old-bias"


def chrono_bias(bias, T_max, z_keeps, seed):
    """What is drawn is added."""
    H = len(bias) // 3
    u = np.random.default_rng(seed).uniform(1, T_max - 1, H)
    zero = np.zeros(H)
    return bias + np.concatenate([zero, np.log(u) if z_keeps else -np.log(u), zero])
