import numpy as np
from matplotlib.figure import Figure

QUESTION = "03.6"
MISTAKE = "linear-y-axis"


def plot_far_part(G):
    """On plain axes."""
    y = [np.linalg.norm(G[: len(G) - k].sum(axis=0)) / np.linalg.norm(G.sum(axis=0)) for k in range(len(G))]
    fig = Figure()
    ax = fig.add_subplot()
    ax.plot(range(len(G)), y)
    ax.set(xlabel="k", ylabel="part")
    return fig
