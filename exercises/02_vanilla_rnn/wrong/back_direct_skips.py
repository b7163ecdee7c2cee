import numpy as np

QUESTION = "02.3"
MISTAKE = "direct-part-past-the-slope"


def rnn_backward_step(W, h_prev, x_t, h_t, d_output_t, d_h):
    """The direct part added where it is too late."""
    H = len(W)
    U, V = W[:, :H], W[:, H:]
    g = d_h * (1 - h_t) * (1 + h_t) + d_output_t
    d_U, d_V = np.einsum("bi,bj->ij", g, h_prev), np.einsum("bi,bj->ij", g, x_t)
    return np.einsum("bi,ij->bj", g, U), np.einsum("bi,ij->bj", g, V), np.hstack([d_U, d_V]), np.ones(len(g)) @ g
