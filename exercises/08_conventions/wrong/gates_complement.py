import numpy as np

QUESTION = "08.1"
MISTAKE = "one-minus-weights"


def book_gates(weight_ih, weight_hh, bias_ih, bias_hh):
    """z = 1 - z', number by number."""
    rows = lambda a: np.array_split(a, 3)[:2]
    (U_r, U_z), (V_r, V_z), (b_r, b_z) = rows(weight_hh), rows(weight_ih), rows(bias_ih + bias_hh)
    ones = lambda a: np.ones_like(a) - a
    return np.hstack((U_r, V_r)), b_r, np.hstack((ones(U_z), ones(V_z))), ones(b_z)
