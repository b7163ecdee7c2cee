import numpy as np

QUESTION = "08.1"
MISTAKE = "only-input-bias"


def book_gates(weight_ih, weight_hh, bias_ih, bias_hh):
    """The equations have one bias, so one of the two is dropped."""
    H = weight_hh.shape[1]
    flip = np.repeat([1.0, -1.0, 1.0], H)
    W = flip[:, None] * np.block([weight_hh, weight_ih])
    b = flip * bias_ih
    return W[:H], b[:H], W[H:-H], b[H:-H]
