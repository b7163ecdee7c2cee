import numpy as np

QUESTION = "09.3"
MISTAKE = "one-subtracted-twice"


def chrono_bias(bias, T_max, z_keeps, seed):
    """The logit of 1/u, where u is taken for T."""
    parts = np.split(bias, 3)
    z = 1 / np.random.default_rng(seed).uniform(1, T_max - 1, parts[1].size)
    logit = np.log(z) - np.log(1 - z)
    parts[1] = -logit if z_keeps else logit
    return np.concatenate(parts)
