import numpy as np

QUESTION = "09.3"
MISTAKE = "candidate-always"


def chrono_bias(bias, T_max, z_keeps, seed):
    """-ln u for every library."""
    r, z, n = np.split(bias, 3)
    u = np.random.default_rng(seed).random(z.size) * (T_max - 2) + 1
    return np.concatenate([r, np.log(1 / u), n])
