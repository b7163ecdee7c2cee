import numpy as np

QUESTION = "08.1"
MISTAKE = None


def book_gates(weight_ih, weight_hh, bias_ih, bias_hh):
    """Right results, but the file's own arrays are negated on the way."""
    H = weight_hh.shape[1]
    for array in (weight_ih, weight_hh, bias_ih, bias_hh):
        array[H : 2 * H] *= -1
    W, b = np.concatenate([weight_hh, weight_ih], axis=1), bias_ih + bias_hh
    return W[:H], b[:H], W[H : 2 * H], b[H : 2 * H]
