QUESTION = "06.2"
MISTAKE = None


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """Sums over the batch where nothing is shared by its rows."""
    d_a_z = d_h_t * (n_t - h_prev) * z_t * (1 - z_t)
    return d_a_z + d_a_z.sum(axis=0), d_h_t * z_t * (1 - n_t**2), d_h_t * (1 - z_t)
