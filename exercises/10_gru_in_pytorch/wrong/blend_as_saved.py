QUESTION = "10.5"
MISTAKE = "order-of-arguments"


def blend_backward(h_prev, z, n, d_h_t):
    """The order in which the tensors were saved."""
    keep = 1 - z
    return keep * d_h_t, d_h_t * (n - h_prev) * z * keep, z * d_h_t * (1 - n * n)
