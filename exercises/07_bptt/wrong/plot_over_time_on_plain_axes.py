import numpy as np
from matplotlib.figure import Figure

QUESTION = "07.3"
MISTAKE = ("linear-y-axis", "step-for-distance")


def plot_gradient_norms(d_h):
    fig = Figure()
    ax = fig.subplots()
    ax.plot(range(1, 1 + len(d_h)), [np.sqrt((step * step).sum()) for step in d_h])
    ax.set(xlabel="t", ylabel="norm")
    return fig
