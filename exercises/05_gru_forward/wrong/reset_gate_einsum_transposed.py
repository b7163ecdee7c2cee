import numpy as np

QUESTION = "05.1"
MISTAKE = "recurrent-transposed"


def reset_gate(W_r, b_r, h_prev, x_t):
    hidden_size = b_r.shape[0]
    U, V = np.split(W_r, [hidden_size], axis=1)
    a = np.einsum("bi,ij->bj", h_prev, U) + np.einsum("bk,jk->bj", x_t, V) + b_r
    return 1.0 / (1.0 + np.exp(-a))
