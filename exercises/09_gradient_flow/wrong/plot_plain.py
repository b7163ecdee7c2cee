import numpy as np
from matplotlib.figure import Figure

QUESTION = "09.6"
MISTAKE = "plain-y-axis"


def plot_half_lives(b_z):
    """Two lines on plain axes."""
    fig = Figure()
    ax = fig.add_subplot()
    for sign, name in ((1, "candidate"), (-1, "state")):
        ax.plot(b_z, [np.log(2) / np.logaddexp(0, sign * b) for b in b_z], label=name)
    ax.set(xlabel="bias", ylabel="steps")
    ax.legend()
    return fig
