"""Pictures of the vanilla RNN: the loop unrolled, two memories side by side, responses, and runs from many seeds."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.style import CANDIDATE, INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style, new_figure

COLOURS = (STATE, RESET, CANDIDATE, UPDATE, INPUT)
"""Of the curves of one figure, in their order."""

Point = tuple[float, float]


@in_style
def plot_two_memories(pulses: Array, leaky: Array, h: Array) -> Figure:
    """Pulses that come in, and what a leaky integrator and one tanh unit make of them; each (T,)."""
    steps = np.arange(1, pulses.size + 1)
    fig, (ax,) = new_figure(height=2.9)
    ax.vlines(steps, 0, pulses, color=MUTED, lw=3, label="what comes in, $x_t$")
    ax.step(steps, leaky, where="mid", color=RESET, lw=1.8, label="leaky integrator")
    ax.step(steps, h, where="mid", color=STATE, lw=2.4, label="one tanh unit, $h_t$")
    ax.axhline(0, color=INK, lw=0.8)
    ax.set(xlabel="step t", ylim=(-1.15, 1.15), xlim=(0.5, pulses.size + 0.5))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def draw_unrolled(steps: int = 3) -> Figure:
    """The network as a loop on the left, and the same loop laid out over `steps` steps on the right."""
    if steps < 1:
        raise ArgumentError("steps", "an integer >= 1", f"{steps}")
    fig, ax = plt.subplots(figsize=(2.9 + 1.7 * steps, 3.7), layout="constrained")
    ax.set(xlim=(-0.75, 1.75 + 1.15 * steps), ylim=(-1.45, 1.5), aspect="equal")
    ax.axis("off")
    _node(ax, (0, 0), "$h$", STATE)
    _node(ax, (0, -1.15), "$x$", INPUT)
    _node(ax, (0, 1.15), "$L$", INK)
    _arrow(ax, (0, -1.15), (0, 0), "$V$", CANDIDATE)
    _arrow(ax, (0, 0), (0, 1.15), "", MUTED)
    _loop(ax)
    ax.text(0.95, 0, "=", size=22, ha="center", va="center")
    for t in range(steps + 1):
        at = 1.5 + 1.15 * t
        _node(ax, (at, 0), f"$h_{t}$", STATE)
        if t:
            _node(ax, (at, -1.15), f"$x_{t}$", INPUT)
            _node(ax, (at, 1.15), f"$L_{t}$", INK)
            _arrow(ax, (at - 1.15, 0), (at, 0), "$U$", RESET)
            _arrow(ax, (at, -1.15), (at, 0), "$V$", CANDIDATE)
            _arrow(ax, (at, 0), (at, 1.15), "", MUTED)
    return fig


def _node(ax: Axes, at: Point, text: str, colour: str) -> None:
    ax.plot(*at, "o", color=colour, ms=27, zorder=3)
    ax.text(*at, text, color="white", size=13, ha="center", va="center", zorder=4)


def _arrow(ax: Axes, start: Point, end: Point, text: str, colour: str) -> None:
    look = {"arrowstyle": "-|>,head_width=0.25,head_length=0.45", "color": colour, "lw": 2.2}
    ax.annotate("", end, start, arrowprops={**look, "shrinkA": 16, "shrinkB": 16}, zorder=2)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    beside = (0.0, 0.13) if start[1] == end[1] else (0.14, 0.0)
    ax.text(middle[0] + beside[0], middle[1] + beside[1], text, color=colour, size=13, ha="center", va="center")


def _loop(ax: Axes) -> None:
    """The arrow from the state back to itself."""
    look = {"arrowstyle": "-|>,head_width=0.25,head_length=0.45", "color": RESET, "lw": 2.2}
    ax.annotate("", (-0.1, 0.2), (-0.1, -0.2), arrowprops={**look, "connectionstyle": "arc3,rad=-2.2"}, zorder=2)
    ax.text(-0.62, 0, "$U$", color=RESET, size=13, ha="center", va="center")


@in_style
def plot_responses(responses: Mapping[str, Array]) -> Figure:
    """What is left of one pulse after k steps, one panel a name; each (K,), k = 0 first."""
    fig, axes = plt.subplots(1, len(responses), figsize=(9.0, 2.5), sharey=True, squeeze=False, layout="constrained")
    for ax, (name, response) in zip(axes[0], responses.items(), strict=True):
        ax.axhline(0, color=INK, lw=0.8)
        ax.vlines(np.arange(response.size), 0, response, color=STATE, lw=1.6)
        ax.plot(np.arange(response.size), response, "o", color=STATE, ms=3.2)
        ax.set(title=name, xlabel="steps after the pulse")
    axes[0, 0].set_ylabel("state")
    return fig


@in_style
def plot_runs(runs: Mapping[str, Array], *, xlabel: str, ylabel: str, log: bool = True, first: int = 0) -> Figure:
    """Several kinds of runs, each from several seeds: a thin line a seed, a thick one for the median.

    runs: name -> (seeds, K); first: the number of the first of the K positions on the x axis.
    """
    fig, (ax,) = new_figure(height=3.2)
    for (name, curves), colour in zip(runs.items(), COLOURS, strict=False):
        if curves.ndim != 2:
            raise ArgumentError("runs", "arrays of shape (seeds, K)", f"shape {curves.shape}")
        at = np.arange(first, first + curves.shape[1])
        ax.plot(at, curves.T, color=colour, lw=0.8, alpha=0.4)
        ax.plot(at, np.median(curves, axis=0), color=colour, lw=2.4, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig
