QUESTION = "06.2"
MISTAKE = "blend-sign"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """The mix written as h - z (h - n), and the outer minus lost."""
    gap = h_prev - n_t
    return gap * d_h_t * z_t * (1 - z_t), d_h_t * z_t * (1 - n_t**2), d_h_t * (1 - z_t)
