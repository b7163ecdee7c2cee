import numpy as np

QUESTION = "09.3"
MISTAKE = "logarithm-missing"


def chrono_bias(bias, T_max, z_keeps, seed):
    """The number of steps as the bias."""
    out = bias.copy()
    H = out.size // 3
    out[H:-H] = np.random.default_rng(seed).uniform(1, T_max - 1, H) * (-1) ** (not z_keeps)
    return out
