import numpy as np
from matplotlib.figure import Figure

QUESTION = "01.5"
MISTAKE = "exponential-for-power"


def plot_memory(alphas, T):
    """A time constant of 1 / alpha."""
    fig = Figure()
    ax = fig.add_subplot()
    for a in alphas:
        tau = 1 / a
        ax.semilogy(np.arange(T), np.exp(-np.arange(T) / tau) / tau, label=f"tau {tau:.1f}")
    ax.set(xlabel="k", ylabel="weight")
    ax.legend()
    return fig
