import numpy as np
from matplotlib.figure import Figure

QUESTION = "03.6"
MISTAKE = "squared-sizes"


def plot_far_part(G):
    """Sums of squares."""
    far = [G[: len(G) - k].sum(axis=0) for k in range(len(G))]
    y = [np.vdot(F, F) / np.vdot(far[0], far[0]) for F in far]
    fig = Figure()
    ax = fig.add_subplot()
    ax.semilogy(range(len(G)), y)
    ax.set(xlabel="k", ylabel="part")
    return fig
