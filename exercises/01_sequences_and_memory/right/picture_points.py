from matplotlib.figure import Figure

QUESTION = "01.5"


def plot_memory(alphas, T):
    """Clouds of points from lists."""
    fig = Figure()
    ax = fig.subplots()
    for a in alphas:
        ys, y = [], a
        for _ in range(T):
            ys.append(y)
            y = y * (1 - a)
        ax.scatter(list(range(T)), ys, label=f"alpha {a}")
    ax.set_yscale("log")
    ax.set_xlabel("steps ago")
    ax.set_ylabel("dh/dx")
    ax.legend()
    return fig
