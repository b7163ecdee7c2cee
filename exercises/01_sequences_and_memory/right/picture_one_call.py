import numpy as np
from matplotlib.figure import Figure

QUESTION = "01.5"


def plot_memory(alphas, T):
    """All lines in one call, the legend from their handles."""
    fig = Figure()
    ax = fig.add_subplot()
    a = np.asarray(alphas)
    k = np.arange(T)
    lines = ax.plot(k, a * (1 - a) ** k[:, None], "o-")
    ax.set(xlabel="k", ylabel="weight", yscale="log")
    ax.legend(lines, [f"half-life {np.log(0.5) / np.log(1 - share):.1f}" for share in a])
    return fig
