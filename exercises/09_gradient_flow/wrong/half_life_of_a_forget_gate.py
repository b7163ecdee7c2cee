import numpy as np

QUESTION = "09.1"
MISTAKE = "state-always"


def half_life(b_z, z_keeps):
    """As for an LSTM's forget bias."""
    return np.array([np.log(2) / np.log1p(np.exp(-b)) for b in b_z])
