import numpy as np

QUESTION = "08.2"
MISTAKE = None


def resets_agree(U, b_hn, r):
    """It is the same function after all."""
    return np.full(len(r), True)
