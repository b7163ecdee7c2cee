import numpy as np

QUESTION = "06.2"
MISTAKE = "sigmoid-derivative-missing"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """From the mix h + z (n - h), whose slope in z is n - h."""
    slope = np.subtract(n_t, h_prev)
    return d_h_t * slope, d_h_t * z_t * (1 + n_t) * (1 - n_t), d_h_t - d_h_t * z_t
