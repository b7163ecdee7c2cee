import numpy as np

QUESTION = "02.3"
MISTAKE = None


def rnn_backward_step(W, h_prev, x_t, h_t, d_output_t, d_h):
    """All right, but the argument grows."""
    d_h += d_output_t
    g = d_h * (1 - h_t**2)
    back = g @ W
    return back[:, : len(W)], back[:, len(W) :], g.T @ np.hstack([h_prev, x_t]), g.sum(0)
