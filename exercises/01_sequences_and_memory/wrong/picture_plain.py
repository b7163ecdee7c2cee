import numpy as np
from matplotlib.figure import Figure

QUESTION = "01.5"
MISTAKE = "linear-y-axis"


def plot_memory(alphas, T):
    """Points on plain axes."""
    fig = Figure()
    ax = fig.add_subplot()
    for a in alphas:
        h, ys = a, []
        for _ in range(T):
            ys.append(h)
            h *= 1 - a
        ax.plot(ys, "o-", label=f"share {a}")
    ax.set(xlabel="k", ylabel="weight")
    ax.legend()
    return fig
