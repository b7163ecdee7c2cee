QUESTION = "06.2"
MISTAKE = "other-convention"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """The backward of h_t = z h_prev + (1 - z) n, as PyTorch has it."""
    keep, take = z_t, 1 - z_t
    return d_h_t * keep * take * (h_prev - n_t), d_h_t * take * (1 - n_t**2), d_h_t * keep
