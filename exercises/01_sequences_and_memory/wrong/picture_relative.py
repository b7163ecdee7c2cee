import numpy as np
from matplotlib.figure import Figure

QUESTION = "01.5"
MISTAKE = "share-left-out"


def plot_memory(alphas, T):
    """What is left, relative to the start."""
    fig = Figure()
    ax = fig.add_subplot()
    left = np.cumprod(np.vstack([np.ones(len(alphas)), np.tile(1 - np.asarray(alphas), (T - 1, 1))]), axis=0)
    lines = ax.plot(np.arange(T), left)
    ax.set(xlabel="k", ylabel="what is left", yscale="log")
    ax.legend(lines, [f"{a}" for a in alphas])
    return fig
