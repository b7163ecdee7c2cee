import numpy as np
from matplotlib.figure import Figure

QUESTION = "03.6"
MISTAKE = "single-shares"


def plot_far_part(G):
    """Step by step, from the last one back."""
    whole = np.linalg.norm(sum(G))
    y = [np.linalg.norm(G_t) / whole for G_t in reversed(G)]
    fig = Figure()
    ax = fig.add_subplot()
    ax.semilogy(range(len(G)), y)
    ax.set(xlabel="k", ylabel="part")
    return fig
