import numpy as np
from matplotlib.figure import Figure

QUESTION = "09.6"
MISTAKE = "logarithm-on-plain-axis"


def plot_half_lives(b_z):
    """The logarithms of the half-lives."""
    fig = Figure()
    ax = fig.subplots()
    ax.plot(b_z, np.log10(np.log(2) / np.logaddexp(0, b_z)), "-o", label="candidate")
    ax.plot(b_z, np.log10(np.log(2) / np.logaddexp(0, -b_z)), "-o", label="state")
    ax.set_xlabel("bias")
    ax.set_ylabel("log10 of steps")
    ax.legend()
    return fig
