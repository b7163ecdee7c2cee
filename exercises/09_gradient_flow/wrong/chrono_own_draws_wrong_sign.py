import numpy as np

QUESTION = "09.3"
MISTAKE = None


def chrono_bias(bias, T_max, z_keeps, seed):
    """Another generator: no name may be given, and the sign is wrong where z keeps."""
    r, z, n = np.split(bias, 3)
    u = 1 + (T_max - 2) * np.random.RandomState(seed % 2**32).rand(z.size)
    return np.concatenate([r, -np.log(u), n])
