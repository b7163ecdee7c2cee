"""Pictures of conventions: one set of weights read in several ways, two places of a reset, errors of wrong readings."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.style import CANDIDATE, INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style, new_figure

COLOURS = (STATE, UPDATE, RESET, CANDIDATE, INPUT)
"""Of the curves of one figure, in their order."""


@in_style
def plot_readings(readings: Mapping[str, Array], *, ylabel: str) -> Figure:
    """What one set of weights computes under several readings; name -> (T,), of one length."""
    sizes = {curve.shape for curve in readings.values()}
    if len(sizes) != 1 or len(next(iter(sizes))) != 1:
        raise ArgumentError("readings", "arrays of one shape (T,)", f"shapes {sorted(sizes)}")
    fig, (ax,) = new_figure(height=3.0)
    for k, ((name, curve), colour) in enumerate(zip(readings.items(), COLOURS, strict=False)):
        ax.plot(np.arange(1, curve.size + 1), curve, color=colour, lw=2.6 if k == 0 else 1.5, label=name)
    ax.axhline(0, color=MUTED, lw=0.8)
    ax.set(xlabel="step t", ylabel=ylabel)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def draw_two_resets() -> Figure:
    """The way of the old state to the candidate, with the reset before the product and after it."""
    fig, axes = plt.subplots(2, 1, figsize=(8.6, 4.0), layout="constrained")
    before = (("$h_{t-1}$", STATE), (r"$\odot\, r$", RESET), ("$U$", INK), ("$+$", INPUT), (r"$\tanh$", CANDIDATE))
    after = (("$h_{t-1}$", STATE), ("$U$", INK), (r"$\odot\, r$", RESET), ("$+$", INPUT), (r"$\tanh$", CANDIDATE))
    _draw_way(axes[0], "before: unit j is gated by its own $r_j$, then mixed", before, bias_at=2, added="$b_{hn}$")
    _draw_way(axes[1], "after: the units are mixed, then the sum is gated by $r_i$", after, bias_at=1, added="$b_{hn}$")
    return fig


def _draw_way(ax: Axes, title: str, stations: tuple[tuple[str, str], ...], *, bias_at: int, added: str) -> None:
    """Stations from left to right; a bias is added behind station `bias_at`, the input at the last but one."""
    ax.set(xlim=(-0.6, 9.6), ylim=(-1.25, 0.75), aspect="equal", title=title)
    ax.axis("off")
    at = [2.0 * k for k in range(len(stations))]
    arrow = {"arrowstyle": "-|>,head_width=0.25,head_length=0.45", "color": MUTED, "lw": 1.8, "shrinkB": 17}
    for start, end in zip(at, [*at[1:], 9.5], strict=True):
        ax.annotate("", (end, 0), (start, 0), arrowprops={**arrow, "shrinkA": 17}, zorder=1)
    for x, words in ((at[bias_at] + 1.0, added), (at[3], "$V x_t + b_{in}$")):
        last = x == at[3]
        ax.annotate(
            "", (x, -0.0), (x, -0.8), arrowprops={**arrow, "shrinkA": 2, "shrinkB": 17 if last else 0}, zorder=1
        )
        ax.text(x, -0.9, words, color=INPUT, ha="center", va="top", size=12.5)
    for x, (words, colour) in zip(at, stations, strict=True):
        ax.plot(x, 0, "o", color=colour, ms=34, zorder=3)
        ax.text(x, 0, words, color="white", size=13, ha="center", va="center", zorder=4)
    ax.text(9.55, 0, "$n_t$", color=CANDIDATE, size=15, ha="left", va="center")


@in_style
def plot_reach(s: Array, target: Array, tries: Mapping[str, Array]) -> Figure:
    """A function along a line, and others that cannot become it; s, target and each try: (K,)."""
    fig, (ax,) = new_figure(height=3.1)
    ax.plot(s, target, color=RESET, lw=3.0, label="reset before")
    for (name, curve), colour, style in zip(tries.items(), (STATE, UPDATE, CANDIDATE), ("-", "--", ":"), strict=False):
        ax.plot(s, curve, color=colour, lw=1.7, ls=style, label=name)
    ax.set(xlabel="$s$", ylabel="$a_n$ of unit 1", xlim=(s[0], s[-1]))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_wrong_readings(errors: Mapping[str, Array], *, right: float, baseline: float, xlabel: str) -> Figure:
    """The error of a trained model under each wrong reading, a dot a seed, a bar at the median.

    errors: name -> (seeds,); right: the largest error under the right reading; baseline: a naive forecast's.
    """
    if any(values.ndim != 1 or not (values > 0).all() for values in errors.values()):
        raise ArgumentError("errors", "arrays of shape (seeds,) of positive numbers", "another shape, or zero")
    fig, ax = plt.subplots(figsize=(8.0, 0.9 + 0.42 * len(errors)), layout="constrained")
    for row, values in enumerate(errors.values()):
        ax.plot(values, np.full(values.size, row), "o", color=RESET, alpha=0.55, ms=5.5, mew=0)
        ax.plot([np.median(values)] * 2, [row - 0.28, row + 0.28], color=INK, lw=2.2)
    ax.axvline(right, color=STATE, lw=2.0)
    ax.axvline(baseline, color=MUTED, lw=2.0, ls="--")
    ax.text(right, -0.65, "right reading: all left of this ", color=STATE, ha="right", va="bottom")
    ax.text(baseline, -0.65, " the mean, always", color=MUTED, ha="left", va="bottom")
    ax.set(yticks=range(len(errors)), yticklabels=list(errors), xscale="log", xlabel=xlabel)
    ticks = [tick for tick in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0) if tick > 0.4 * right]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    ax.set(xlim=(0.4 * right, 2.0 * max(baseline, *(values.max() for values in errors.values()))))
    ax.set_ylim(len(errors) - 0.5, -0.6)
    ax.grid(axis="y", visible=False)
    return fig
