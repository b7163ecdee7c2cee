import numpy as np
from matplotlib.figure import Figure

QUESTION = "01.5"
MISTAKE = None


def plot_memory(alphas, T):
    """Right, but nobody can tell which line is which."""
    fig = Figure()
    ax = fig.add_subplot()
    for a in alphas:
        ax.semilogy(a * (1 - a) ** np.arange(T))
    ax.set(xlabel="k", ylabel="weight")
    return fig
