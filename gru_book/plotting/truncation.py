"""Truncated back-propagation: which pairs of a step and a later loss a cut keeps, and what share it loses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.gates import shades
from gru_book.plotting.panels import fixed_panels, legend_below
from gru_book.plotting.style import INK, MUTED, RESET, STATE, in_style


@in_style
def plot_truncation(
    weights: Array, kept: Array, lost: Mapping[str, Array], chosen: str, tau: int, measured: tuple[Array, Array]
) -> Figure:
    """Left, the pairs of a step and a loss; right, the lost share over tau, one line for each way to cut.

    Args:
        weights: (T, T), how much the loss at s (column) tells the step t (row), 0 for s < t; kept: (T, T) bool.
        lost: way -> (T,), the share lost with tau = 1 .. T; chosen: one of the ways, drawn strong, with a dot at `tau`.
        measured: tau (M,) and what was lost there (M,).
    """
    if chosen not in lost or not weights.shape == kept.shape == (len(lost[chosen]),) * 2:
        raise ArgumentError("weights, kept", "shape (T, T), and a way of `lost`, each (T,)", f"shape {weights.shape}")
    fig, (pairs, curves) = fixed_panels([1, 1.35], height=4.5, bottom=0.27, top=0.92, wspace=0.22, left=0.07)
    _pairs(pairs, weights, kept)
    taus = np.arange(1, len(weights) + 1)
    for way, share in lost.items():
        strong = way == chosen
        curves.plot(taus, share, color=INK if strong else MUTED, lw=2.2 if strong else 1.2, label=way)
    curves.plot(*measured, "x", color=STATE, mew=1.6, label="measured, windows")
    curves.plot(tau, lost[chosen][tau - 1], "o", color=RESET, ms=10, mec="white", mew=1.5, zorder=5)
    ticks = [2**k for k in range(int(np.log2(len(taus))) + 1)]
    curves.set(
        xscale="log", xticks=ticks, xticklabels=map(str, ticks), ylim=(-0.02, 1.02), xlim=(0.95, taus[-1] * 1.05)
    )
    curves.minorticks_off()
    curves.set(title="Share of the gradient that is lost", xlabel=r"$\tau$")
    legend_below(curves, 3, 0.19)
    return fig


def _pairs(ax: Axes, weights: Array, kept: Array) -> None:
    extent = (0.5, len(weights) + 0.5, len(weights) + 0.5, 0.5)
    for part, colour, name in ((kept, STATE, "kept"), (~kept, RESET, "lost")):
        hidden = np.ma.masked_where((weights == 0) | ~part, np.sqrt(weights))
        ax.imshow(hidden, extent=extent, cmap=shades(colour), vmin=0, vmax=1.6, interpolation="nearest")
        ax.plot([], [], "s", color=colour, ms=8, label=name)
    ax.grid(False)
    ax.set(title="Which loss tells which step", xlabel="loss at step s", ylabel="step t")
    ax.set(xticks=[1, len(weights)], yticks=[1, len(weights)])
    legend_below(ax, 2, 0.19)
