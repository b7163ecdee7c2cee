import numpy as np

QUESTION = "09.3"
MISTAKE = None


def chrono_bias(bias, T_max, z_keeps, seed):
    """Right numbers, written into the array that was handed in."""
    H = len(bias) // 3
    u = np.random.default_rng(seed).uniform(1, T_max - 1, H)
    bias[H : 2 * H] = np.log(u) if z_keeps else -np.log(u)
    return bias
