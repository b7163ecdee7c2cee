import numpy as np

QUESTION = "09.3"


def chrono_bias(bias, T_max, z_keeps, seed):
    """By way of the gate: z = 1/T, then the bias that gives it."""
    rng = np.random.default_rng(seed)
    table = bias.reshape(3, -1).copy()
    for i in range(table.shape[1]):
        z = 1 / (1 + rng.uniform(1, T_max - 1))
        b_z = np.log(z / (1 - z))
        table[1, i] = -b_z if z_keeps else b_z
    return table.ravel()
