import numpy as np
from matplotlib.figure import Figure

QUESTION = "09.6"


def plot_half_lives(b_z):
    """The old state's line first, points without a line, longer labels, and a line at one step."""
    fig = Figure()
    ax = fig.add_axes((0.15, 0.15, 0.8, 0.8))
    ax.axhline(1, color="0.7")
    for sign, name in ((-1, "z weights the old state"), (1, "z weights the candidate")):
        ax.scatter(b_z, np.log(2) / np.logaddexp(0, sign * b_z), label=name)
    ax.set_yscale("log")
    ax.set(xlabel="bias", ylabel="steps")
    ax.legend()
    return fig
