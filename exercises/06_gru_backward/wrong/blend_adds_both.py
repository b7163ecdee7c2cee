QUESTION = "06.2"
MISTAKE = "blend-sum"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """Each term's factor, summed."""
    d_z = sum(d_h_t * term for term in (h_prev, n_t))
    return d_z * (z_t - z_t**2), d_h_t * z_t * (1 - n_t**2), d_h_t * (1 - z_t)
