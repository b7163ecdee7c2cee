import numpy as np

QUESTION = "08.1"


def book_gates(weight_ih, weight_hh, bias_ih, bias_hh):
    """Every block apart; a sign for each gate."""
    V, U, b_i, b_h = (np.split(a, 3) for a in (weight_ih, weight_hh, bias_ih, bias_hh))
    out = []
    for k, sign in enumerate((1, -1)):
        out += [sign * np.hstack([U[k], V[k]]), sign * (b_i[k] + b_h[k])]
    return out[0], out[1], out[2], out[3]
