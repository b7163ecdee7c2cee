QUESTION = "06.2"
MISTAKE = "tanh-derivative-on-gate"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """One helper for both activations: 1 - s squared."""
    def back(s, d):
        return (1 + s) * (1 - s) * d

    return back(z_t, d_h_t * (n_t - h_prev)), back(n_t, d_h_t * z_t), (1 - z_t) * d_h_t
