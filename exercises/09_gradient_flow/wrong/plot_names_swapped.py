import numpy as np
from matplotlib.figure import Figure

QUESTION = "09.6"
MISTAKE = None


def plot_half_lives(b_z):
    """Right lines, each under the other's name."""
    fig = Figure()
    ax = fig.subplots()
    ax.semilogy(b_z, np.log(2) / np.logaddexp(0, b_z), label="state")
    ax.semilogy(b_z, np.log(2) / np.logaddexp(0, -b_z), label="candidate")
    ax.set(xlabel="bias", ylabel="steps")
    ax.legend()
    return fig
