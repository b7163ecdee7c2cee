import numpy as np
from matplotlib.figure import Figure

QUESTION = "03.6"
MISTAKE = "distance-off-by-one"


def plot_far_part(G):
    """The whole at k = 1."""
    y = [np.linalg.norm(G[: len(G) - k].sum(axis=0)) / np.linalg.norm(G.sum(axis=0)) for k in range(len(G))]
    fig = Figure()
    ax = fig.add_subplot()
    ax.semilogy(np.arange(len(G)) + 1, y)
    ax.set(xlabel="k", ylabel="part")
    return fig
