import numpy as np
from matplotlib.figure import Figure

QUESTION = "07.3"
MISTAKE = "index-for-distance"


def plot_gradient_norms(d_h):
    fig = Figure()
    ax = fig.subplots()
    ax.set_yscale("log")
    ax.plot([np.linalg.norm(step) for step in d_h])
    ax.set(xlabel="T - t", ylabel="norm")
    return fig
