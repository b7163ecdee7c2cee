import numpy as np
from matplotlib.figure import Figure

QUESTION = "03.6"
MISTAKE = "step-for-distance"


def plot_far_part(G):
    """Over the last step that is counted."""
    steps = range(len(G), 0, -1)
    y = [np.linalg.norm(G[:t].sum(axis=0)) / np.linalg.norm(G.sum(axis=0)) for t in steps]
    fig = Figure()
    ax = fig.add_subplot()
    ax.semilogy(steps, y)
    ax.set(xlabel="k", ylabel="part")
    return fig
