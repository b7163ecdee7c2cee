import numpy as np

QUESTION = "09.3"
MISTAKE = "candidate-rows"


def chrono_bias(bias, T_max, z_keeps, seed):
    """The last third."""
    H = bias.size // 3
    u = 1 + (T_max - 2) * np.random.default_rng(seed).random(H)
    sign = 2 * z_keeps - 1
    return np.append(bias[: 2 * H], sign * np.log(u))
