import numpy as np

QUESTION = "09.3"
MISTAKE = "both-gates"


def chrono_bias(bias, T_max, z_keeps, seed):
    """b_r = -b_z, as an LSTM's input gate gets the opposite of its forget gate."""
    out = bias.reshape(3, -1).copy()
    b_z = np.log(np.random.default_rng(seed).uniform(1, T_max - 1, out.shape[1]))
    if not z_keeps:
        b_z = -b_z
    out[0], out[1] = -b_z, b_z
    return out.reshape(-1)
