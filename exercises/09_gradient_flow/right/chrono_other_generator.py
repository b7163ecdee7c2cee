import numpy as np

QUESTION = "09.3"


def chrono_bias(bias, T_max, z_keeps, seed):
    """Another generator, and a sum of pieces."""
    r, z, n = np.split(bias, 3)
    u = 1 + (T_max - 2) * np.random.RandomState(seed).rand(z.size)
    return np.concatenate([r, np.log(u) if z_keeps else -np.log(u), n])
