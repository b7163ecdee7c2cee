import numpy as np

QUESTION = "08.2"
MISTAKE = "bias-must-vanish"


def resets_agree(U, b_hn, r):
    """The commutator must vanish, and the bias."""
    commutes = np.array([not np.any(U * (g[:, None] - g)) for g in r])
    return commutes & (not b_hn.any())
