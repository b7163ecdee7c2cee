from matplotlib.figure import Figure

QUESTION = "91.6"
MISTAKE = "linear-axis"


def plot_decay(alpha, T):
    figure = Figure()
    axes = figure.add_subplot()
    share, shares = 1.0, []
    for _ in range(T):
        shares.append(share)
        share *= 1 - alpha
    axes.plot(shares)
    axes.set_xlabel("t")
    axes.set_ylabel("left")
    return figure
