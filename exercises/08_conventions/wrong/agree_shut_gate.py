import numpy as np

QUESTION = "08.2"
MISTAKE = "bias-at-shut-gate"


def resets_agree(U, b_hn, r):
    """r times the bias must vanish."""
    mixing = np.abs(U[None] * (r[:, :, None] - r[:, None, :])).sum(axis=(1, 2))
    return (mixing == 0) & (np.abs(r * b_hn).sum(axis=1) == 0)
