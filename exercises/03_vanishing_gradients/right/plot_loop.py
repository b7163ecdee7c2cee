import numpy as np
from matplotlib.figure import Figure

QUESTION = "03.6"


def plot_far_part(G):
    """Loops, and the scale set afterwards."""
    whole = sum(entry**2 for entry in G.sum(axis=0).ravel()) ** 0.5
    far, y = np.zeros_like(G[0]), []
    for G_t in G:
        far = far + G_t
        y.append(sum(entry**2 for entry in far.ravel()) ** 0.5 / whole)
    fig = Figure()
    ax = fig.subplots()
    ax.plot(list(range(len(G))), y[::-1], "o-", label="far part")
    ax.set_yscale("log")
    ax.set_xlabel("k")
    ax.set_ylabel("far part")
    ax.legend()
    return fig
