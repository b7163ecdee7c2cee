"""The extremes of the two gates: the four corners of one unit, and what a model without one of the gates can do."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.style import CANDIDATE, INK, MUTED, RESET, STATE, UPDATE, in_style
from gru_book.training.metrics import Interval

Corner = tuple[float, float]
"""(r, z)."""


@in_style
def plot_corners(h_prev: Array, h_t: dict[Corner, Array], names: dict[Corner, str], inputs: Array) -> Figure:
    """The new state over the old one, for one unit whose gates stand at the four corners.

    Args:
        h_prev: (K,), old states, ascending.
        h_t: (r, z) -> (J, K), the new state for each of J inputs and each old state.
        names: (r, z) -> what the corner does.
        inputs: (J,), the inputs.
    """
    if set(h_t) != {(r, z) for r in (0, 1) for z in (0, 1)} or set(names) != set(h_t):
        raise ArgumentError("h_t, names", "the four corners (0, 0), (0, 1), (1, 0), (1, 1)", str(sorted(h_t)))
    fig, axes = plt.subplots(2, 2, figsize=(6.8, 6.0), sharex=True, sharey=True, layout="constrained")
    shades = (RESET, STATE, CANDIDATE)
    for (r, z), curves in h_t.items():
        ax = axes[1 - int(r), int(z)]
        for x, curve, colour in zip(inputs, curves, shades, strict=True):
            ax.plot(h_prev, curve, color=colour, lw=2.0, label=f"$x_t$ = {x:g}")
        ax.set_title(f"r = {r:g}, z = {z:g}: {names[r, z]}")
        ax.set(xlim=(-1, 1), ylim=(-1, 1), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    axes[0, 0].legend(loc="lower right")
    for ax in axes[1]:
        ax.set_xlabel("$h_{t-1}$")
    for ax in axes[:, 0]:
        ax.set_ylabel("$h_t$")
    return fig


@in_style
def plot_ablations(errors: dict[str, dict[str, Array]], intervals: dict[str, dict[str, Interval]]) -> Figure:
    """Error of each model on each task: a dot for each seed, and the mean with its interval.

    errors: task -> model -> (S,), error over variance; intervals: the same keys, the mean with its interval.
    """
    fig, axes = plt.subplots(
        1, len(errors), figsize=(8.4, 2.9), sharex=True, sharey=True, layout="constrained", squeeze=False
    )
    colours = {"both gates": INK, "no reset gate": RESET, "no update gate": UPDATE, "constant update": MUTED}
    for ax, (task, by_model) in zip(axes[0], errors.items(), strict=True):
        for row, (model, values) in enumerate(by_model.items()):
            colour = colours.get(model, STATE)
            spread = row + np.linspace(-0.22, 0.22, len(values))
            ax.plot(values, spread, "o", color=colour, ms=4.5, alpha=0.55)
            mean, low, high = intervals[task][model]
            ax.plot([max(low, 1e-4), high], [row, row], color=colour, lw=2.4)
            ax.plot(mean, row, "|", color=colour, ms=17, mew=2.4)
        ax.set(xscale="log", xlabel="error / variance", title=task, yticks=range(len(by_model)))
        ax.set_yticklabels(list(by_model))
        ax.axvline(1.0, color=MUTED, lw=1.0, ls=":")
        ax.grid(axis="y", visible=False)
    axes[0, 0].invert_yaxis()
    return fig
