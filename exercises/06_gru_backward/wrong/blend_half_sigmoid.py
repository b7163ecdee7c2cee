QUESTION = "06.2"
MISTAKE = "sigmoid-derivative-half"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """One factor of the sigmoid's derivative was cancelled by mistake."""
    keep = 1 - z_t
    d_direct = keep * d_h_t
    return d_direct * n_t - d_direct * h_prev, (d_h_t - d_direct) * (1 - n_t**2), d_direct
