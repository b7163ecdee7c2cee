import numpy as np

QUESTION = "08.1"
MISTAKE = "z-not-negated"


def book_gates(weight_ih, weight_hh, bias_ih, bias_hh):
    """Reshaped to one gate a layer; both gates treated alike."""
    W = np.concatenate([weight_hh, weight_ih], axis=1).reshape(3, weight_hh.shape[1], -1)
    b = (bias_ih + bias_hh).reshape(3, -1)
    return W[0], b[0], W[1], b[1]
