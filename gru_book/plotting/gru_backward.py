"""Pictures of one step's backward: the four paths as a graph and as a sum, and how good a numerical derivative is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gru_book.params import Array
from gru_book.plotting.style import CANDIDATE, INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style, new_figure

PATH_COLOURS = (STATE, UPDATE, CANDIDATE, RESET)
"""The four paths from h_(t-1) to h_t: directly, through z, through the candidate, through r."""
PATH_NAMES = ("1  directly", "2  through $z$", "3  through the candidate", "4  through $r$")
ARROW = "#a9aeb6"
"""The paths of the input, which stand behind."""
Point = tuple[float, float]

NODES: dict[str, tuple[Point, str, str]] = {
    "h_prev": ((0.6, 2.6), STATE, r"$h_{t{-}1}$"),
    "x": ((0.6, -0.5), INPUT, "$x_t$"),
    "z": ((6.2, 3.55), UPDATE, "$z$"),
    "r": ((3.4, 0.75), RESET, "$r$"),
    "s": ((5.0, 1.75), STATE, "$s$"),
    "n": ((7.8, 1.75), CANDIDATE, "$n$"),
    "h_t": ((10.6, 2.6), STATE, "$h_t$"),
}
"""Where a value stands, its colour, and its letter."""

EDGES: tuple[tuple[str, str, str, float, float], ...] = (
    ("x", "r", ARROW, 1.3, 0.0),
    ("x", "n", ARROW, 1.3, 0.16),
    ("x", "z", ARROW, 1.3, 0.1),
    ("h_prev", "h_t", STATE, 2.4, -0.42),
    ("h_prev", "z", UPDATE, 2.4, 0.0),
    ("z", "h_t", UPDATE, 2.4, 0.0),
    ("h_prev", "s", CANDIDATE, 2.4, 0.0),
    ("s", "n", CANDIDATE, 2.4, 0.0),
    ("n", "h_t", CANDIDATE, 2.4, 0.0),
    ("h_prev", "r", RESET, 2.4, 0.0),
    ("r", "s", RESET, 2.4, 0.0),
)
"""From, to, colour, width, bend."""

SLOPES: tuple[tuple[Point, str, str], ...] = (
    ((5.6, 4.68), "$1 - z$", STATE),
    ((3.6, 3.14), r"$z(1-z)\;U_z$", UPDATE),
    ((8.3, 3.1), r"$n - h_{t{-}1}$", UPDATE),
    ((3.05, 2.12), "$r$", CANDIDATE),
    ((6.4, 1.75), r"$(1-n^2)\;U$", CANDIDATE),
    ((9.2, 2.18), "$z$", CANDIDATE),
    ((2.2, 1.54), r"$r(1-r)\;U_r$", RESET),
    ((4.5, 1.1), r"$h_{t{-}1}$", RESET),
)
"""What each connection multiplies by."""

NUMBERS_AT: tuple[Point, ...] = ((1.45, 3.23), (1.6, 2.77), (1.6, 2.41), (1.25, 2.17))
"""Where the four paths bear their numbers, near the old state."""


@in_style
def plot_sum(names: Sequence[str], values: Sequence[float]) -> Figure:
    """The terms of a sum as bars, each beginning where the one before ended, and their total; one term a path."""
    fig, (ax,) = new_figure(height=2.5)
    ends = np.cumsum(values)
    for k, (value, end, colour) in enumerate(zip(values, ends, PATH_COLOURS, strict=True)):
        ax.barh(k, value, left=end - value, color=colour, height=0.62)
        ax.text(max(end, end - value) + 0.012, k, f"${value:+.3f}$", color=colour, va="center")
        ax.plot([end, end], [k - 0.31, k + 1.31], color=MUTED, lw=0.8)
    ax.barh(len(values), ends[-1], color=INK, height=0.62)
    ax.text(0.012, len(values), f"${ends[-1]:+.3f}$", color=INK, va="center")
    ax.set_axisbelow(True)
    ax.axvline(0, color=INK, lw=0.8)
    ax.set(yticks=range(len(values) + 1), yticklabels=[*names, "the derivative of the step"], xlim=(-0.2, 0.75))
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    return fig


@in_style
def draw_paths() -> Figure:
    """One step as a graph: the four paths from h_(t-1) to h_t, each connection with its own slope (eq-jacobian)."""
    fig, (ax,) = new_figure(width=9.4, height=4.7)
    ax.set(xlim=(-0.1, 11.3), ylim=(-0.95, 5.05), aspect="equal")
    ax.axis("off")
    for start, end, colour, width, bend in EDGES:
        _arrow(ax, NODES[start][0], NODES[end][0], colour, width, bend)
    box = {"facecolor": fig.get_facecolor(), "edgecolor": "none", "pad": 1.5}
    for point, words, colour in SLOPES:
        ax.text(*point, words, color=colour, size=12.5, ha="center", va="center", bbox=box, zorder=4)
    for point, colour, letter in NODES.values():
        ax.plot(*point, "o", color=colour, ms=32, zorder=5)
        ax.text(*point, letter, color="white", size=15, ha="center", va="center", zorder=6)
    for k, (point, colour) in enumerate(zip(NUMBERS_AT, PATH_COLOURS, strict=True), start=1):
        ax.plot(*point, "o", color="white", mec=colour, mew=1.5, ms=14, zorder=7)
        ax.text(*point, str(k), color=colour, size=9.5, weight="bold", ha="center", va="center_baseline", zorder=8)
    return fig


def _arrow(ax: Axes, start: Point, end: Point, colour: str, width: float, bend: float) -> None:
    look = {"shrinkA": 21, "shrinkB": 21, "arrowstyle": "-|>,head_width=0.28,head_length=0.5"}
    bent = {"connectionstyle": f"arc3,rad={bend}", "color": colour, "lw": width}
    ax.annotate("", end, start, arrowprops={**look, **bent}, zorder=2)


@in_style
def plot_paths(z_1: Array, flow_1: Array, z_many: Array, sizes: Array) -> Figure:
    """Each path's share of the Jacobian against z.

    z_1: (N,) and flow_1: (N, 4), one unit, with signs; z_many: (M,) and sizes: (seeds, M, 4), random GRUs, drawn as
    mean and range over the seeds.
    """
    fig, (top, bottom) = new_figure(2, height=5.6)
    for k, (name, colour) in enumerate(zip(PATH_NAMES, PATH_COLOURS, strict=True)):
        top.plot(z_1, flow_1[:, k], color=colour, lw=1.8, label=name)
        bottom.plot(z_many, sizes[:, :, k].mean(axis=0), color=colour, lw=1.8)
        low, high = sizes[:, :, k].min(axis=0), sizes[:, :, k].max(axis=0)
        bottom.fill_between(z_many, low, high, color=colour, alpha=0.18, lw=0)
    top.plot(z_1, flow_1.sum(axis=1), color=INK, lw=2.6, label="the sum")
    top.axhline(0, color=INK, lw=0.8)
    top.set(title="one unit", ylabel=r"share of $\mathrm{d}h_t / \mathrm{d}h_{t-1}$", xlim=(0, 1))
    top.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    bottom.set(title=f"32 units, random parameters, {len(sizes)} seeds", ylabel="size of the path")
    bottom.set_xlabel("update gate $z$ (mean over units)")
    return fig


@in_style
def plot_errors_of_differences(steps: Array, one_sided: Array, central: Array, complex_: Array) -> Figure:
    """The error of three numerical derivatives against the step, each (N,), and the best step that theory predicts."""
    fig, (ax,) = new_figure(height=3.6)
    ax.loglog(steps, one_sided, "o-", color=MUTED, lw=1.2, ms=4, label="one-sided difference")
    ax.loglog(steps, central, "o-", color=STATE, lw=1.8, ms=4.5, label="central difference")
    ax.loglog(steps, complex_, "o-", color=RESET, lw=1.8, ms=4.5, label="complex step")
    best = (3 * 2.0**-53) ** (1 / 3)
    ax.axvline(best, color=STATE, lw=1, ls=":")
    ax.text(1.2 * best, 3e-2, r"$\varepsilon = (3u)^{1/3}$", color=STATE, ha="left")
    ax.set(xlabel=r"step $\varepsilon$", ylabel="relative error", ylim=(3e-17, 3))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_way_back(depths: Array, ratio: Array, cosine: Array) -> Figure:
    """How far a gradient by 1 - z alone is from the true one, in size and in direction.

    depths: (N,), steps back; ratio, cosine: (seeds, N), one line a seed.
    """
    fig, (top, bottom) = new_figure(2, height=4.8)
    for size, direction in zip(ratio, cosine, strict=True):
        top.semilogy(depths, size, "o-", color=STATE, lw=1.3, ms=3.5)
        bottom.plot(depths, direction, "o-", color=STATE, lw=1.3, ms=3.5)
    for ax in (top, bottom):
        ax.axhline(1, color=INK, lw=1.6)
        ax.text(depths[-1], 1, " what $1 - z$ alone\n would need", color=INK, va="center")
    top.set(title="size", ylabel="true gradient / $1-z$ alone")
    bottom.set(title="direction", ylabel="cosine between the two", xlabel="years back", xlim=(0, depths[-1]))
    return fig
