import numpy as np

QUESTION = "08.2"
MISTAKE = "bias-ignored"


def resets_agree(U, b_hn, r):
    """The commutator of diag(r) and U must vanish."""
    return np.array([not (np.diag(g) @ U - U @ np.diag(g)).any() for g in r])
