QUESTION = "10.5"
MISTAKE = "slope-of-tanh-missing"


def blend_backward(h_prev, z, n, d_h_t):
    """In NumPy; the candidate itself for its pre-activation."""
    keep = 1 - z
    return d_h_t * (n - h_prev) * z * keep, z * d_h_t, keep * d_h_t
