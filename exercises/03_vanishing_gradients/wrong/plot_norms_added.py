import numpy as np
from matplotlib.figure import Figure

QUESTION = "03.6"
MISTAKE = "sizes-added"


def plot_far_part(G):
    """Norms first, then sums."""
    norms = [np.linalg.norm(G_t) for G_t in G]
    y = [sum(norms[: len(G) - k]) / sum(norms) for k in range(len(G))]
    fig = Figure()
    ax = fig.add_subplot()
    ax.semilogy(range(len(G)), y)
    ax.set(xlabel="k", ylabel="part")
    return fig
