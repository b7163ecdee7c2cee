import numpy as np

QUESTION = "09.3"
MISTAKE = "logarithm-spread-evenly"


def chrono_bias(bias, T_max, z_keeps, seed):
    """A bias drawn evenly."""
    out = bias.copy()
    H = out.size // 3
    b = np.log(T_max - 1) * np.random.default_rng(seed).random(H)
    out[H:-H] = b if z_keeps else -b
    return out
