import numpy as np

QUESTION = "09.3"
MISTAKE = "reset-rows"


def chrono_bias(bias, T_max, z_keeps, seed):
    """z before r, as in Keras."""
    z, r, n = np.split(bias, 3)
    u = np.random.default_rng(seed).uniform(1, T_max - 1, z.shape)
    return np.concatenate([np.log(u) * (1 if z_keeps else -1), r, n])
