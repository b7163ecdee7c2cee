"""Pictures of how far a gradient reaches: half-lives, decay, guesses beside the truth, and learning over delays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.style import CANDIDATE, INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style, new_figure
from gru_book.training.metrics import mean_interval

COLOURS = (RESET, CANDIDATE, STATE, UPDATE, INPUT, MUTED, INK)
"""Of the kinds in one figure, in their order."""


def _checked_runs(name: str, runs: Mapping[str, Array], width: int | None = None) -> None:
    """Each array is (seeds, width), with at least two seeds; width None: any."""
    for values in runs.values():
        if values.ndim != 2 or len(values) < 2 or (width is not None and values.shape[1] != width):
            raise ArgumentError(name, f"arrays of shape (seeds >= 2, {width or 'K'})", f"shape {values.shape}")


@in_style
def plot_half_lives(b_z: Array, predicted: Array, at: Array, measured: Array) -> Figure:
    """The predicted half-life as a line over b_z, and the measured one as dots with intervals.

    b_z, predicted: (K,), the line; at: (M,), the biases that were measured; measured: (seeds, M).
    """
    _checked_runs("measured", {"": measured}, at.size)
    fig, (ax,) = new_figure(height=3.2)
    mean, low, high = np.array([mean_interval(column) for column in measured.T]).T
    ax.plot(b_z, predicted, color=INK, lw=1.6, label=r"$\ln 2 \,/\, \ln(1 + e^{b_z})$")
    ax.errorbar(at, mean, (mean - low, high - mean), fmt="o", color=STATE, ms=6, capsize=3, label="measured")
    ax.set(yscale="log", xlabel="bias of the update gate, $b_z$", ylabel="half-life in steps")
    ax.legend(loc="upper right")
    return fig


@in_style
def plot_decay(sizes: Mapping[str, Array], predicted: Mapping[str, Array], shares: Mapping[str, Array]) -> Figure:
    """Above, a gradient k steps back, with its prediction dotted; below, the update's share from further back than k.

    sizes: name -> (seeds, K), relative to k = 0; predicted: (K,) for some of the names; shares: name -> (seeds, K).
    """
    _checked_runs("sizes", sizes)
    _checked_runs("shares", shares)
    fig, (top, bottom) = new_figure(2, height=5.6)
    for (name, curves), colour in zip(sizes.items(), COLOURS, strict=False):
        _median(top, curves, colour, name)
        _median(bottom, shares[name], colour, name)
        if name in predicted:
            top.plot(predicted[name], ":", color=colour, lw=2)
    for ax in (top, bottom):
        ax.axhline(0.5, color=MUTED, lw=0.8)
    top.plot([], [], ":", color=MUTED, lw=2, label="predicted")
    top.set(yscale="log", ylim=(1e-3, 1.3), ylabel="size of the gradient")
    top.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    bottom.set(ylim=(0, 1.03), ylabel="share of the update\nfrom further back", xlabel="$k$, steps before the loss")
    return fig


def _median(ax: Axes, curves: Array, colour: str, name: str) -> None:
    ax.plot(np.median(curves, axis=0), color=colour, lw=2, label=name)
    ax.fill_between(np.arange(curves.shape[1]), curves.min(axis=0), curves.max(axis=0), color=colour, alpha=0.15, lw=0)


@in_style
def plot_guesses(guesses: Mapping[str, Array], truth: Array) -> Figure:
    """How large each guess of a gradient is beside the true one; (groups, seeds) each, a column of dots a group."""
    fig, (ax,) = new_figure(height=2.9)
    offsets = np.linspace(-0.22, 0.22, len(guesses))
    for (name, values), offset, colour in zip(guesses.items(), offsets, COLOURS, strict=False):
        if values.shape != truth.shape:
            raise ArgumentError("guesses", f"shape {truth.shape}, that of truth", f"shape {values.shape}")
        for group, row in enumerate(values / truth):
            ax.plot(np.full(row.size, group + offset), row, "o", color=colour, ms=5, label=None if group else name)
    ax.axhline(1, color=INK, lw=1.4)
    ax.set(yscale="log", ylabel="guess / true gradient", xticks=range(len(truth)))
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_loss_over_delay(delays: Sequence[int], losses: Mapping[str, Array], chance: float) -> Figure:
    """The loss after training against how long had to be remembered; name -> (seeds, delays), a dot a seed."""
    _checked_runs("losses", losses, len(delays))
    fig, (ax,) = new_figure(height=3.5)
    widths = np.linspace(5.0, 1.4, len(losses))  # a thin line on a thick one: both are seen
    for (name, values), colour, width in zip(losses.items(), COLOURS, widths, strict=False):
        ax.plot(delays, values.mean(axis=0), color=colour, lw=width, label=name)
        ax.plot(delays, values.T, "o", color=colour, ms=3, alpha=0.5)
    ax.axhline(chance, color=MUTED, lw=0.8)
    ax.text(delays[0], chance * 1.01, "guessing", color=MUTED, va="bottom")
    ax.set(xscale="log", xticks=delays, xticklabels=map(str, delays), ylim=(0, chance * 1.12))
    ax.set(xlabel="steps to remember", ylabel="loss after training")
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_loss_over_steps(losses: Mapping[str, Array], chance: float, window: int = 10) -> Figure:
    """The loss while training, the mean of the last `window` steps; name -> (seeds, steps), a line a seed, thin."""
    _checked_runs("losses", losses)
    fig, (ax,) = new_figure(height=3.0)
    for (name, values), colour in zip(losses.items(), COLOURS, strict=False):
        if values.shape[1] < window:
            raise ArgumentError("losses", f"at least {window} steps, the window", f"{values.shape[1]}")
        smooth = np.lib.stride_tricks.sliding_window_view(values, window, axis=1).mean(axis=-1)
        k = np.arange(window, values.shape[1] + 1)
        ax.plot(k, smooth.T, color=colour, lw=0.8, alpha=0.45)
        ax.plot(k, smooth.mean(axis=0), color=colour, lw=2.4, label=name)
    ax.axhline(chance, color=INK, lw=1.2)
    ax.text(1.0, chance * 1.004, "guessing ", color=INK, va="bottom", ha="right", transform=ax.get_yaxis_transform())
    ax.set(xlabel="gradient steps", ylabel="loss")
    ax.legend(loc="lower left")
    return fig


@in_style
def plot_steps_to_learn(steps: Mapping[str, Mapping[str, Array]], most: Mapping[str, int]) -> Figure:
    """Gradient steps until a task was learnt, one panel a task, one row of dots a kind; a cross: not within `most`."""
    fig, axes = plt.subplots(
        1, len(steps), figsize=(9.0, 0.9 + 0.38 * len(next(iter(steps.values())))), sharey=True, squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for ax, (task, kinds) in zip(axes[0], steps.items(), strict=True):
        for row, (values, colour) in enumerate(zip(kinds.values(), COLOURS, strict=False)):
            learnt = values < most[task]
            spread = row + np.linspace(-0.16, 0.16, values.size)
            ax.plot(values[learnt], spread[learnt], "o", color=colour, ms=5)
            ax.plot(values[~learnt], spread[~learnt], "x", color=colour, ms=6)
        ax.set(title=task, xlabel="gradient steps", xlim=(0, most[task] * 1.05), yticks=range(len(kinds)))
        ax.set_yticklabels(kinds)
        ax.grid(axis="y", visible=False)
    axes[0, 0].invert_yaxis()
    return fig
