import numpy as np

QUESTION = "09.1"
MISTAKE = "candidate-always"


def half_life(b_z, z_keeps):
    """ln 2 over softplus, whatever the convention."""
    return np.log(2) / np.logaddexp(0.0, b_z)
