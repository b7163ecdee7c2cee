"""One unit of a GRU whose gates are held: where the new state comes from, the map of one step, and many steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gru_book.params import Array
from gru_book.plotting.panels import fixed_panels, legend_below
from gru_book.plotting.style import CANDIDATE, INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style

WIDEST = 9.0
"""Width in points of a road that lets everything through."""


class UnitStep(NamedTuple):
    """One step of one unit: its gates, what comes in, and the three values of the state; all numbers."""

    r: float
    z: float
    x_t: float
    h_prev: float
    n: float
    h_t: float


@in_style
def plot_one_unit(step: UnitStep, old: Array, new: Array, states: Array) -> Figure:
    """Three panels with one vertical axis, the state.

    Left, the step's values and the roads between them, as wide as the gates let through; in the middle the new
    state over the old one with the gates held; right, what becomes of the state if the step is repeated.

    step: the step; old, new: (K,), the map; states: (T + 1,), states[0] = step.h_prev.
    """
    fig, axes = fixed_panels([1.15, 1, 1.25], height=3.9, top=0.92, bottom=0.31, wspace=0.1, sharey=True)
    _roads(axes[0], step)
    _map(axes[1], step, old, new)
    axes[2].plot(np.arange(states.size), states, "o-", color=STATE, ms=3.2, lw=1.2)
    axes[2].set(title="The same step again and again", xlabel="step t", xlim=(-0.5, states.size - 0.5))
    axes[0].set(ylim=(-1.08, 1.08), yticks=[-1, -0.5, 0, 0.5, 1], ylabel="state")
    return fig


def _roads(ax: Axes, step: UnitStep) -> None:
    places = {"old": (0.0, step.h_prev), "candidate": (1.0, step.n), "new": (2.0, step.h_t)}
    roads = (
        ("old", "candidate", step.r, RESET, "$r$"),
        ("old", "new", 1 - step.z, STATE, "$1 - z$"),
        ("candidate", "new", step.z, UPDATE, "$z$"),
    )
    for start, end, share, colour, name in roads:
        xs, ys = zip(places[start], places[end], strict=True)
        ax.plot(xs, ys, color=colour, lw=max(WIDEST * share, 0.8), ls="-" if share else ":", alpha=0.75,
                label=f"{name} = {share:.2f}", solid_capstyle="butt")  # fmt: skip
    for (x, y), colour in zip(places.values(), (STATE, CANDIDATE, STATE), strict=True):
        ax.plot(x, y, "o", color=colour, ms=13, mec="white", mew=1.5, zorder=4)
    ax.plot([1, 1], [step.x_t, step.n], color=INPUT, lw=1.6, zorder=1)
    ax.plot(1, step.x_t, "D", color=INPUT, ms=6, zorder=3, label="input $x_t$", clip_on=False)
    names = ["old\n$h_{t-1}$", "candidate\n$n_t$", "new\n$h_t$"]
    ax.set(title="One step", xlim=(-0.35, 2.35), xticks=[0, 1, 2], xticklabels=names)
    ax.grid(axis="x", visible=False)
    legend_below(ax, 2, 0.27)


def _map(ax: Axes, step: UnitStep, old: Array, new: Array) -> None:
    ax.plot([-1, 1], [-1, 1], "--", color=MUTED, lw=1.0, label="nothing changes")
    ax.plot(old, new, color=INK, lw=2.2, label="$h_t$, gates held")
    ax.plot(step.h_prev, step.h_t, "o", color=STATE, ms=10, mec="white", mew=1.5, zorder=4)
    ax.set(title="Every old state", xlabel="$h_{t-1}$", xlim=(-1.05, 1.05), xticks=[-1, 0, 1])
    legend_below(ax, 1, 0.27)
