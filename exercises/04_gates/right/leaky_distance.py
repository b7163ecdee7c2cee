import numpy as np

QUESTION = "04.2"


def warped_leaky(x, advance, tau, h_0):
    """The distance to what is read shrinks."""
    states = [h_0]
    for x_t, d in zip(x, advance):
        states.append(x_t + np.exp(-d / tau) * (states[-1] - x_t))
    return np.array(states[1:])
