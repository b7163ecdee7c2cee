import numpy as np

QUESTION = "08.2"


def resets_agree(U, b_hn, r):
    """Both pre-activations at h = 0 and at each unit vector: an affine function is known by these."""
    h = np.vstack([np.zeros(len(U)), np.eye(len(U))])[None]
    before = (r[:, None] * h) @ U.T + b_hn
    after = r[:, None] * (h @ U.T + b_hn)
    return np.isclose(before, after, rtol=0, atol=1e-12).all(axis=(1, 2))
