QUESTION = "06.2"
MISTAKE = "blend-value"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """The new state itself where its slope should be."""
    h_t = h_prev + z_t * (n_t - h_prev)
    return d_h_t * h_t * z_t * (1 - z_t), d_h_t * z_t * (1 - n_t**2), d_h_t * (1 - z_t)
