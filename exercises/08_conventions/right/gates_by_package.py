import numpy as np
from gru_book.convert.rows import to_book

QUESTION = "08.1"


def book_gates(weight_ih, weight_hh, bias_ih, bias_hh):
    """Rows by the package's table; then joined."""
    V, U, b_i, b_h = (to_book(a, "rzn", z_keeps=True) for a in (weight_ih, weight_hh, bias_ih, bias_hh))
    W, b, H = np.c_[U, V], b_i + b_h, U.shape[1]
    return W[:H].copy(), b[:H].copy(), W[H:-H].copy(), b[H:-H].copy()
