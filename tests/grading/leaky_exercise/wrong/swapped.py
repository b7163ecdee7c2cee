"""alpha keeps the old state, as some texts write it."""

QUESTION = "90.1"
MISTAKE = "weights-swapped"


def leaky_step(alpha, h_prev, x_t):
    return x_t + alpha * (h_prev - x_t)
