import numpy as np
from matplotlib.figure import Figure

QUESTION = "03.6"
MISTAKE = "not-relative"


def plot_far_part(G):
    """The sizes as they are."""
    y = [np.linalg.norm(G[: len(G) - k].sum(axis=0)) for k in range(len(G))]
    fig = Figure()
    ax = fig.add_subplot()
    ax.semilogy(range(len(G)), y)
    ax.set(xlabel="k", ylabel="part")
    return fig
