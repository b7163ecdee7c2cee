QUESTION = "10.5"
MISTAKE = "direct-path-missing"


def blend_backward(h_prev, z, n, d_h_t):
    """A Function that forgets the state."""
    keep = 1 - z
    return d_h_t * (n - h_prev) * z * keep, z * d_h_t * (1 - n * n), d_h_t - d_h_t
