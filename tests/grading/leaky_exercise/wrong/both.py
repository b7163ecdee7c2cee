"""Two mistakes at once."""

QUESTION = "90.1"
MISTAKE = ("no-leak", "input-unscaled")


def leaky_step(alpha, h_prev, x_t):
    return x_t + h_prev
