import numpy as np

QUESTION = "09.3"
MISTAKE = "quarters"


def chrono_bias(bias, T_max, z_keeps, seed):
    """The second of four blocks."""
    q = bias.size // 4
    out = np.array(bias)
    log_u = np.log(np.random.default_rng(seed).uniform(1, T_max - 1, size=q))
    out[q : q + q] = log_u if z_keeps else -log_u
    return out
