QUESTION = "10.5"
MISTAKE = "sent-back-missing"


def blend_backward(h_prev, z, n, d_h_t):
    """The slopes alone."""
    keep = 1 - z
    return (n - h_prev) * z * keep, z * (1 - n * n), keep
