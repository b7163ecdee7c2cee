import numpy as np

QUESTION = "02.3"


def rnn_backward_step(W, h_prev, x_t, h_t, d_output_t, d_h):
    """Each part through the step by itself, and the results added."""
    H, hx = len(W), np.c_[h_prev, x_t]

    def through(d):
        d_a = d - d * h_t * h_t
        return d_a @ W[:, :H], d_a @ W[:, H:], np.tensordot(d_a, hx, axes=(0, 0)), np.ones(len(d)) @ d_a

    return tuple(one + other for one, other in zip(through(d_output_t), through(d_h)))
