import numpy as np
from matplotlib.figure import Figure

QUESTION = "03.6"


def plot_far_part(G):
    """Points, the first step's first."""
    T = len(G)
    ax = (fig := Figure()).add_subplot(ylabel="share", xlabel="steps back", yscale="log")
    far = np.add.accumulate(G)
    ax.scatter(T - 1 - np.arange(T), np.linalg.norm(far, axis=(1, 2)) / np.linalg.norm(far[-1]))
    return fig
