import numpy as np

QUESTION = "09.3"


def chrono_bias(bias, T_max, z_keeps, seed):
    """Not drawn at all: the middles of H equal parts of the range, in random order."""
    H = len(bias) // 3
    u = 1 + (T_max - 2) * (np.random.default_rng(seed).permutation(H) + 0.5) / H
    new = np.array(bias)
    new[H : 2 * H] = (2 * z_keeps - 1) * np.log(u)
    return new
