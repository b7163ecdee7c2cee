import numpy as np

QUESTION = "08.1"
MISTAKE = "z-bias-not-negated"


def book_gates(weight_ih, weight_hh, bias_ih, bias_hh):
    """The matrices are turned round; a bias is no weight, so it stays."""
    H = len(bias_ih) // 3
    out = []
    for start, sign in ((0, 1.0), (H, -1.0)):
        rows = range(start, start + H)
        out.append(np.array([[*(sign * weight_hh[i]), *(sign * weight_ih[i])] for i in rows]))
        out.append(np.array([bias_ih[i] + bias_hh[i] for i in rows]))
    return tuple(out)
