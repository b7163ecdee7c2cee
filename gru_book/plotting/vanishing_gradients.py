"""Pictures of gradients over many steps: powers, growth rates, what reaches the weights, a cliff, clipping, a latch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.style import CANDIDATE, INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style, new_figure
from gru_book.training.metrics import mean_interval

COLOURS = (STATE, RESET, CANDIDATE, UPDATE, INPUT)
"""Of the kinds in one figure, in their order."""


@in_style
def plot_powers(norms: Mapping[str, Array], rho: float) -> Figure:
    """The norm of the k-th power of several matrices of one spectral radius, beside rho^k; each (K,), k = 0 first."""
    fig, (ax,) = new_figure(height=3.2)
    longest = max(values.size for values in norms.values())
    for (name, values), colour in zip(norms.items(), COLOURS, strict=False):
        ax.plot(np.arange(values.size), values, color=colour, lw=2.2, label=name)
    ax.plot(np.arange(longest), rho ** np.arange(longest), "--", color=INK, lw=1.4, label=rf"${rho:g}^k$")
    ax.axhline(1, color=MUTED, lw=0.8)
    ax.set(yscale="log", xlabel="$k$, the power", ylabel="norm of the power", xlim=(0, longest - 1))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_growth_rates(
    radii: Array, measured: Mapping[str, Array], predicted: Mapping[str, tuple[Array, Array]]
) -> Figure:
    """Growth factor per step against the spectral radius: dots with intervals, a predicted line a kind.

    radii: (R,); measured: name -> (seeds, R), logarithms of the factor; predicted: name -> (radii, logarithms), any
    number of points. The dashed diagonal is what the spectral radius alone says.
    """
    fig, (ax,) = new_figure(height=3.9)
    ends = np.array([radii.min() * 0.92, radii.max() * 1.04])
    ax.plot(ends, ends, "--", color=INK, lw=1.4, label="the spectral radius itself")
    for (name, values), colour in zip(measured.items(), COLOURS, strict=False):
        if values.ndim != 2 or len(values) < 2 or values.shape[1] != radii.size:
            raise ArgumentError("measured", f"arrays of shape (seeds >= 2, {radii.size})", f"shape {values.shape}")
        mean, low, high = np.exp(np.array([mean_interval(column) for column in values.T])).T
        ax.errorbar(radii, mean, (mean - low, high - mean), fmt="o", color=colour, ms=5, capsize=3, label=name)
        at, logarithms = predicted[name]
        ax.plot(at, np.exp(logarithms), color=colour, lw=1.4)
    ax.axhline(1, color=MUTED, lw=0.8)
    ax.text(ends[0] + 0.01, 1.01, "grows", color=MUTED, va="bottom")
    ax.text(ends[0] + 0.01, 0.99, "shrinks", color=MUTED, va="top")
    ax.set(xlabel=r"spectral radius of $U$", ylabel="factor per step back", xlim=ends, ylim=(0.2, 1.65))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_total_and_first(seq_lens: Sequence[int], total: Mapping[str, Array], first: Mapping[str, Array]) -> Figure:
    """The size of the whole gradient in the weights, and of the first step's share, against T; name -> (seeds, len)."""
    fig, (ax,) = new_figure(height=3.5)
    for (name, values), colour in zip(total.items(), COLOURS, strict=False):
        for sizes, style, words in ((values, "-", "all steps"), (first[name], "--", "the first step's share")):
            if sizes.ndim != 2 or len(sizes) < 2 or sizes.shape[1] != len(seq_lens):
                expected = f"arrays of shape (seeds >= 2, {len(seq_lens)})"
                raise ArgumentError("total, first", expected, f"shape {sizes.shape}")
            ax.plot(seq_lens, np.median(sizes, axis=0), style, color=colour, lw=2, label=f"{name}: {words}")
            ax.fill_between(seq_lens, sizes.min(axis=0), sizes.max(axis=0), color=colour, alpha=0.15, lw=0)
    ax.set(xscale="log", yscale="log", xlabel="$T$, steps of the sequence", ylabel="size of the gradient in $W$")
    ax.set(xticks=seq_lens, xticklabels=map(str, seq_lens))
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_cliff(
    u: Array, b: Array, loss: Array, paths: Mapping[str, Array], cut: tuple[float, Array, Mapping[int, Array]]
) -> Figure:
    """Left, the loss over both weights of one unit, with paths of gradient descent; right, a cut along b.

    Args:
        u: (M,), b: (N,), the grid; loss: (N, M), a row a value of b.
        paths: name -> (steps, 2), the u and b of each gradient step; what leaves the map is drawn to its edge.
        cut: the u of the cut, values of b (K,), and for several T the loss there, (K,) each.
    """
    if loss.shape != (b.size, u.size):
        raise ArgumentError("loss", f"shape {(b.size, u.size)}", f"shape {loss.shape}")
    fig, (plane, side) = plt.subplots(1, 2, figsize=(9.4, 3.9), layout="constrained", width_ratios=[1.35, 1])
    shade = plane.pcolormesh(
        u, b, loss, cmap="Greys", vmin=0, vmax=1.6 * loss.max(), shading="nearest", rasterized=True
    )
    fig.colorbar(shade, ax=plane, label="loss", boundaries=np.linspace(0, loss.max(), 50), ticks=[0, 0.3, 0.6, 0.9])
    for (name, path), colour, marker in zip(paths.items(), (RESET, STATE, CANDIDATE), ("s", "o", "^"), strict=False):
        plane.plot(*path.T, "-", color=colour, lw=1.4, alpha=0.75)
        plane.plot(*path.T, marker, color=colour, ms=2.8, ls="none", label=name)
    plane.axvline(cut[0], color=INK, lw=1.0, ls=":")
    plane.set(xlabel="$u$", ylabel="$b$", xlim=(u[0], u[-1]), ylim=(b[0], b[-1]))
    plane.grid(visible=False)
    plane.legend(loc="upper left", facecolor="white", frameon=True, framealpha=0.85, edgecolor="none")
    for (seq_len, values), colour, width in zip(cut[2].items(), (MUTED, STATE, INK), (3.2, 2.2, 1.3), strict=False):
        side.plot(cut[1], values, color=colour, lw=width, label=f"$T = {seq_len}$")
    side.set(xlabel="$b$", ylabel="loss", title=f"cut at $u = {cut[0]:g}$")
    side.legend(loc="lower right")
    return fig


@in_style
def plot_clipping(g: Array, max_norm: float, limit: float, angles: Mapping[str, Array]) -> Figure:
    """Left, a gradient with two entries clipped by its norm and by value; right, angles to the gradient in degrees.

    g: (2,), longer than max_norm; limit: of each entry, for clipping by value; angles: name -> (N,).
    """
    fig, (plane, spread) = plt.subplots(1, 2, figsize=(9.4, 3.6), layout="constrained", width_ratios=[1.25, 1])
    by_norm, by_value = g * max_norm / np.linalg.norm(g), np.clip(g, -limit, limit)
    plane.add_patch(Circle((0, 0), max_norm, fill=False, ec=STATE, lw=1.2, ls="--"))
    plane.add_patch(Rectangle((-limit, -limit), 2 * limit, 2 * limit, fill=False, ec=RESET, lw=1.2, ls="--"))
    for end, colour, words in (
        (g, MUTED, "the gradient"),
        (by_norm, STATE, "by global norm"),
        (by_value, RESET, "by value"),
    ):
        _vector(plane, end, colour)
        plane.plot([], [], color=colour, lw=2.6, label=words)
    reach = 1.12 * max(np.abs(g).max(), max_norm, limit)
    plane.set(xlim=(-0.35 * reach, reach), ylim=(-0.35 * reach, 0.62 * reach), aspect="equal")
    plane.set(xlabel="first entry", ylabel="second entry")
    plane.legend(loc="upper left", fontsize=9)
    for row, ((_, values), colour) in enumerate(zip(angles.items(), (STATE, RESET, CANDIDATE), strict=False)):
        jitter = row + np.linspace(-0.22, 0.22, values.size)
        spread.plot(values, jitter, "o", color=colour, ms=4, alpha=0.6)
        spread.plot(np.median(values), row, "|", color=INK, ms=26, mew=2)
    spread.set(yticks=range(len(angles)), yticklabels=list(angles), xlim=(-3, 90), ylim=(len(angles) - 0.5, -0.5))
    spread.set(xlabel="angle to the gradient, degrees", xticks=[0, 30, 60, 90])
    spread.grid(axis="y", visible=False)
    return fig


def _vector(ax: Axes, end: Array, colour: str) -> None:
    look = {
        "arrowstyle": "-|>,head_width=0.28,head_length=0.55",
        "color": colour,
        "lw": 2.6,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    ax.annotate("", tuple(end), (0, 0), arrowprops=look)


@in_style
def plot_latch_dilemma(
    u: Array, held: Array, left: Array, tried: Array, held_in_trial: Array, left_in_trial: Array, steps: int
) -> Figure:
    """Above, the noise that a bit survives, below, what is left of a gradient over `steps` steps, against the weight u.

    u, held, left: (M,), the derived lines; tried: (R,); held_in_trial, left_in_trial: (R,) or (seeds, R), measured.
    """
    fig, (top, bottom) = new_figure(2, height=4.8)
    for ax, line, dots, colour in ((top, held, held_in_trial, CANDIDATE), (bottom, left, left_in_trial, STATE)):
        ax.plot(u, line, color=colour, lw=1.8, label="derived")
        for row in np.atleast_2d(dots):
            ax.plot(tried, row, "o", color=colour, ms=5, alpha=0.7)
        ax.plot([], [], "o", color=colour, ms=5, label="measured")
        ax.legend(loc="lower right" if ax is top else "upper right")
    top.set(ylabel="noise survived", ylim=(0, None))
    bottom.set(yscale="log", ylabel=f"gradient left\nafter {steps} steps", xlabel="$u$, the unit's weight on itself")
    return fig
