import numpy as np
from matplotlib.figure import Figure

QUESTION = "01.5"
MISTAKE = "row-for-age"


def plot_memory(alphas, T):
    """In the order in which the inputs came."""
    fig = Figure()
    ax = fig.add_subplot()
    for a in alphas:
        weights = np.empty(T)
        left = a
        for row in range(T - 1, -1, -1):
            weights[row] = left
            left *= 1 - a
        ax.semilogy(weights, label=f"{a}")
    ax.set(xlabel="row", ylabel="weight")
    ax.legend()
    return fig
