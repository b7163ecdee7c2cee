import numpy as np
from matplotlib.figure import Figure

QUESTION = "09.6"
MISTAKE = None


def plot_half_lives(b_z):
    """Right, but nobody can tell which line is which."""
    fig = Figure()
    ax = fig.subplots()
    ax.semilogy(b_z, np.log(2) / np.logaddexp(0, b_z), label="candidate")
    ax.semilogy(b_z, np.log(2) / np.logaddexp(0, -b_z), label="state")
    ax.set(xlabel="bias", ylabel="steps")
    return fig
