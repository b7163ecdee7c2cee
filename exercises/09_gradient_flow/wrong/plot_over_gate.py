import numpy as np
from matplotlib.figure import Figure

QUESTION = "09.6"
MISTAKE = "gate-on-x-axis"


def plot_half_lives(b_z):
    """The gate below, where its bias should be."""
    z = 1 / (1 + np.exp(-b_z))
    fig = Figure()
    ax = fig.subplots()
    ax.semilogy(z, np.log(0.5) / np.log(1 - z), label="candidate")
    ax.semilogy(z, np.log(0.5) / np.log(z), label="state")
    ax.set(xlabel="gate", ylabel="steps")
    ax.legend()
    return fig
