import numpy as np
from matplotlib.figure import Figure

QUESTION = "07.3"


def plot_gradient_norms(d_h):
    """Points in place of a line, the last step first, with a grid and a level for comparison."""
    norms = np.linalg.norm(d_h[::-1].reshape(len(d_h), -1), axis=1)
    fig = Figure(figsize=(5, 4))
    ax = fig.subplots()
    ax.set(yscale="log", xlabel="steps back from the end", ylabel="size of the gradient", title="Vanishing?")
    ax.axhline(norms[0], linestyle=":")
    ax.scatter(range(len(norms)), norms)
    ax.grid()
    return fig
