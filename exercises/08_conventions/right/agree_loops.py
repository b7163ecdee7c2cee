QUESTION = "08.2"


def resets_agree(U, b_hn, r):
    """Row by row, unit by unit, as a list of Python's own truth values."""
    import numpy as np

    H = len(b_hn)
    return np.array([
        all(b_hn[i] == 0 or g[i] == 1 for i in range(H))
        and all(U[i, j] == 0 or g[i] == g[j] for i in range(H) for j in range(H))
        for g in r.tolist()
    ])
