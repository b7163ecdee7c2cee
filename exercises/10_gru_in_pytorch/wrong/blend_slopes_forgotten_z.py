QUESTION = "10.5"
MISTAKE = "slope-of-sigmoid-missing"


def blend_backward(h_prev, z, n, d_h_t):
    """In NumPy; the gate itself for its pre-activation."""
    keep = 1 - z
    return d_h_t * (n - h_prev), z * d_h_t * (1 - n) * (1 + n), keep * d_h_t
