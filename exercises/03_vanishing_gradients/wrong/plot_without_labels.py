import numpy as np
from matplotlib.figure import Figure

QUESTION = "03.6"
MISTAKE = None


def plot_far_part(G):
    """All right, but the axes say nothing."""
    y = [np.linalg.norm(G[: len(G) - k].sum(axis=0)) / np.linalg.norm(G.sum(axis=0)) for k in range(len(G))]
    fig = Figure()
    ax = fig.add_subplot()
    ax.semilogy(range(len(G)), y)
    return fig
