import numpy as np

QUESTION = "09.3"
MISTAKE = "interleaved-rows"


def chrono_bias(bias, T_max, z_keeps, seed):
    """The biases as a table of H rows and three columns."""
    table = bias.reshape(-1, 3).copy()
    u = np.random.default_rng(seed).uniform(1, T_max - 1, len(table))
    table[:, 1] = np.log(u) if z_keeps else np.log(1 / u)
    return table.ravel()
