import numpy as np

QUESTION = "08.1"
MISTAKE = ("input-columns-first", "only-state-bias")


def book_gates(weight_ih, weight_hh, bias_ih, bias_hh):
    """Two slips: the columns, and a bias."""
    W = np.split(np.concatenate([weight_ih, weight_hh], axis=1), 3)
    b = np.split(bias_hh, 3)
    return W[0], b[0], -W[1], -b[1]
