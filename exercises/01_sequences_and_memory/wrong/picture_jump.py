import numpy as np
from matplotlib.figure import Figure

QUESTION = "01.5"
MISTAKE = "summed-weights"


def plot_memory(alphas, T):
    """The answer to a jump."""
    fig = Figure()
    ax = fig.add_subplot()
    ax.set_yscale("log")
    for a in alphas:
        ax.plot(range(T), [1 - (1 - a) ** (k + 1) for k in range(T)], label=str(a))
    ax.set(xlabel="k", ylabel="weight")
    ax.legend()
    return fig
