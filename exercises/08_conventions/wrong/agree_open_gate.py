import numpy as np

QUESTION = "08.2"
MISTAKE = "open-only"


def resets_agree(U, b_hn, r):
    """No reset, no difference."""
    return np.min(r, axis=1) >= 1
