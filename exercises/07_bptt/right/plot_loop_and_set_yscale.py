import numpy as np
from matplotlib.figure import Figure

QUESTION = "07.3"


def plot_gradient_norms(d_h):
    T, B, H = d_h.shape
    x, y = [], []
    for i in range(T):
        x.append(T - (i + 1))
        y.append(sum(d_h[i, b, j] ** 2 for b in range(B) for j in range(H)) ** 0.5)
    fig = Figure()
    ax = fig.add_subplot()
    ax.plot(x, y, "o-", label="gradient")
    ax.set_yscale("log")
    ax.set_xlabel("T - t")
    ax.set_ylabel("|dL/dh_t|")
    ax.legend()
    return fig
