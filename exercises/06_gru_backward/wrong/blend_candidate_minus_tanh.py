QUESTION = "06.2"
MISTAKE = ("blend-sign", "tanh-derivative-missing")


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """Two slips: old minus new, and no tanh."""
    return (h_prev - n_t) * (z_t - z_t**2) * d_h_t, z_t * d_h_t, d_h_t - z_t * d_h_t
