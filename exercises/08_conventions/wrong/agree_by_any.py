import numpy as np

QUESTION = "08.2"
MISTAKE = "either-condition"


def resets_agree(U, b_hn, r):
    """Units or bias."""
    mixing = np.einsum("ij,bij->b", np.abs(U), np.abs(r[:, :, None] - r[:, None, :]))
    bias = np.einsum("i,bi->b", np.abs(b_hn), 1 - r)
    return mixing * bias == 0
