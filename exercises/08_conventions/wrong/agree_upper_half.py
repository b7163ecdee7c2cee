import numpy as np

QUESTION = "08.2"
MISTAKE = "one-direction"


def resets_agree(U, b_hn, r):
    """A loop over pairs, each pair once."""
    H = len(b_hn)
    answers = np.ones(len(r), dtype=bool)
    for k, gate in enumerate(r):
        for i in range(H):
            answers[k] &= bool(b_hn[i] == 0 or gate[i] == 1)
            for j in range(i + 1, H):
                answers[k] &= bool(U[i, j] == 0 or gate[i] == gate[j])
    return answers
