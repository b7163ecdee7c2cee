import numpy as np

QUESTION = "08.2"
MISTAKE = "gates-all-equal"


def resets_agree(U, b_hn, r):
    """Row by row: one gate for all, and no bias unless it is open."""
    answers = []
    for gate in r:
        one = len(set(gate.tolist())) == 1
        answers.append(one and all(b == 0 or g == 1 for b, g in zip(b_hn, gate)))
    return np.array(answers)
