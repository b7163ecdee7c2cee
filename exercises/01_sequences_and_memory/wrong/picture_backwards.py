import numpy as np
from matplotlib.figure import Figure

QUESTION = "01.5"
MISTAKE = "step-for-age"


def plot_memory(alphas, T):
    """Over the number of the step."""
    fig = Figure()
    ax = fig.add_subplot()
    t = np.arange(1, T + 1)
    for a in alphas:
        ax.semilogy(t, a * (1 - a) ** (T - t), label=f"{a}")
    ax.set(xlabel="t", ylabel="weight")
    ax.legend()
    return fig
