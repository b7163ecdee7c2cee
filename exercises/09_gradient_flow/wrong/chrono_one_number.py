import numpy as np

QUESTION = "09.3"
MISTAKE = "same-for-all"


def chrono_bias(bias, T_max, z_keeps, seed):
    """One draw, for all units."""
    out = bias.copy()
    H = out.size // 3
    u = np.random.default_rng(seed).uniform(1, T_max - 1)
    out[H:-H] = np.full(H, np.log(u) if z_keeps else -np.log(u))
    return out
