QUESTION = "10.5"
MISTAKE = "weights-exchanged"


def blend_backward(h_prev, z, n, d_h_t):
    """The weights of PyTorch's line."""
    keep = 1 - z
    return d_h_t * (n - h_prev) * z * keep, keep * d_h_t * (1 - n * n), z * d_h_t
