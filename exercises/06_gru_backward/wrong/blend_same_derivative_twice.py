QUESTION = "06.2"
MISTAKE = "sigmoid-derivative-on-candidate"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """One helper for both activations: s (1 - s)."""
    def back(s, d):
        return s * d - s * s * d

    return back(z_t, d_h_t * (n_t - h_prev)), back(n_t, d_h_t * z_t), (1 - z_t) * d_h_t
