import numpy as np

QUESTION = "09.3"
MISTAKE = "range-one-step-longer"


def chrono_bias(bias, T_max, z_keeps, seed):
    """T itself is drawn, from 1 to T_max."""
    parts = np.split(bias, 3)
    T = 1 + (T_max - 1) * np.random.default_rng(seed).random(parts[1].size)
    parts[1] = (1 if z_keeps else -1) * np.log(T)
    return np.concatenate(parts)
