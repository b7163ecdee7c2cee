import numpy as np
from matplotlib.figure import Figure

QUESTION = "03.6"
MISTAKE = "near-part"


def plot_far_part(G):
    """What the last steps bring."""
    whole = np.linalg.norm(sum(G))
    y = [np.linalg.norm(G[len(G) - 1 - k :].sum(axis=0)) / whole for k in range(len(G))]
    fig = Figure()
    ax = fig.add_subplot()
    ax.semilogy(range(len(G)), y)
    ax.set(xlabel="k", ylabel="part")
    return fig
