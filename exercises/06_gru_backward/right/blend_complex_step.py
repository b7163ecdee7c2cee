import numpy as np

QUESTION = "06.2"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """No formula of a derivative: the pre-activations from the values, and a complex step in each."""
    step = 1e-30j
    a_z, a_n = np.log(z_t) - np.log1p(-z_t), np.arctanh(n_t)
    z, n = 1 / (1 + np.exp(-a_z - step)), np.tanh(a_n + step)
    through_z = ((1 - z) * h_prev + z * n_t).imag
    through_n = ((1 - z_t) * h_prev + z_t * n).imag
    direct = ((1 - z_t) * (h_prev + step) + z_t * n_t).imag
    return d_h_t * through_z / 1e-30, d_h_t * through_n / 1e-30, d_h_t * direct / 1e-30
