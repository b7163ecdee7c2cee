import numpy as np

QUESTION = "09.1"
MISTAKE = "whole-steps"


def half_life(b_z, z_keeps):
    """The first whole step at which half or less is left."""
    exact = np.log(2) / np.log1p(np.exp(-b_z if z_keeps else b_z))
    return -np.floor(-exact)
