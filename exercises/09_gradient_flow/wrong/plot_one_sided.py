import numpy as np
from matplotlib.figure import Figure

QUESTION = "09.6"
MISTAKE = "candidate-always"


def plot_half_lives(b_z):
    """The same curve twice."""
    fig = Figure()
    ax = fig.subplots()
    for name in ("candidate", "state"):
        z = 1 / (1 + np.exp(-b_z))
        ax.semilogy(b_z, np.log(0.5) / np.log1p(-z), label=name)
    ax.set(xlabel="bias", ylabel="steps")
    ax.legend()
    return fig
