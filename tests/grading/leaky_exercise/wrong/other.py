"""Wrong in a way that nobody planted: it must not be named."""

QUESTION = "90.1"
MISTAKE = None


def leaky_step(alpha, h_prev, x_t):
    return alpha * x_t - h_prev
