import numpy as np
from matplotlib.figure import Figure

QUESTION = "07.3"
MISTAKE = "squared-norm"


def plot_gradient_norms(d_h):
    fig = Figure()
    ax = fig.subplots()
    ax.semilogy(np.arange(len(d_h) - 1, -1, -1), np.einsum("tbh,tbh->t", d_h, d_h))
    ax.set(xlabel="T - t", ylabel="|dL/dh_t|")
    return fig
