import numpy as np
from matplotlib.figure import Figure

QUESTION = "07.3"
MISTAKE = "linear-y-axis"


def plot_gradient_norms(d_h):
    norms = np.linalg.norm(d_h, axis=(1, 2))
    fig = Figure()
    ax = fig.add_subplot()
    ax.plot([len(norms) - 1 - i for i, _ in enumerate(norms)], norms)
    ax.set_xlabel("distance from the end")
    ax.set_ylabel("norm")
    return fig
