QUESTION = "10.5"
MISTAKE = "sign-of-d-z"


def blend_backward(h_prev, z, n, d_h_t):
    """From h = h_prev - z (h_prev - n), with a sign lost."""
    keep = 1 - z
    return d_h_t * (h_prev - n) * z * keep, z * d_h_t * (1 - n * n), keep * d_h_t
