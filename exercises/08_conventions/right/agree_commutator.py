import numpy as np

QUESTION = "08.2"


def resets_agree(U, b_hn, r):
    """diag(r) U - U diag(r), and (r - 1) b_hn, must vanish."""
    return np.array([not (U * (g[:, None] - g)).any() and not ((g - 1) * b_hn).any() for g in r])
