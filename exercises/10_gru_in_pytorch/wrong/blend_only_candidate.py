QUESTION = "10.5"
MISTAKE = "copy-forgotten-in-d-z"


def blend_backward(h_prev, z, n, d_h_t):
    """Sees z in z * n only."""
    keep = 1 - z
    return d_h_t * n * z * keep, z * d_h_t * (1 - n * n), keep * d_h_t
