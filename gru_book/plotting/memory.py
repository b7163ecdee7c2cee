"""Pictures of the smallest memories: how they fade, how late and how smooth they are, and what they still know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.panels import fixed_panels, legend_below
from gru_book.plotting.style import CANDIDATE, INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style, new_figure

COLOURS = (STATE, RESET, CANDIDATE, UPDATE, INPUT)
"""Of the curves of one figure, in their order."""


def _checked(name: str, values: Array, size: int) -> None:
    if values.shape != (size,):
        raise ArgumentError(name, f"shape ({size},)", f"shape {values.shape}")


@in_style
def plot_fading(left: Mapping[str, Array], half_lives: Sequence[float]) -> Figure:
    """What is left of one input after k steps, a curve a memory, with a dot where the half-life says one half.

    left: name -> (K,), k = 0 first, relative to k = 0; half_lives: one a curve, in steps.
    """
    fig, (ax,) = new_figure(height=3.0)
    for (name, curve), life, colour in zip(left.items(), half_lives, COLOURS, strict=False):
        ax.plot(curve, color=colour, lw=2, label=name)
        if life < curve.size:
            ax.plot(life, 0.5, "o", color=colour, ms=8, mec=INK, zorder=3)
    ax.axhline(0.5, color=MUTED, lw=0.8)
    ax.set(xlabel="$k$, steps since the input", ylabel="what is left of it", ylim=(-0.02, 1.04), xlim=(0, None))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def draw_batch(lengths: Sequence[int]) -> Figure:
    """A batch of sequences of these lengths as arrays: x on the left, output and h_n on the right.

    Steps go from left to right, one sequence a row; grey cells are padding, and a frame marks x[1] and output[1].
    """
    steps, batch = max(lengths, default=0), len(lengths)
    if steps < 2 or min(lengths) < 1:
        raise ArgumentError("lengths", "integers >= 1, the largest at least 2", f"{list(lengths)}")
    fig, ax = plt.subplots(figsize=(9.4, 0.55 * batch + 1.75), layout="constrained")
    ax.axis("off")
    gap = 1.6
    _grid(ax, 0.0, lengths, "x", INPUT, "x: (T, B, I)")
    _grid(ax, steps + gap, lengths, "h", STATE, "output: (T, B, H)")
    at = 2 * steps + gap + 0.8
    for b, length in enumerate(lengths):
        _cell(ax, at, b, f"$h_{{{length}}}$", STATE)
    ax.text(at + 0.5, -0.3, "h_n: (B, H)", color=STATE, family="monospace", ha="center", va="bottom")
    for left in (0.0, steps + gap):
        ax.add_patch(Rectangle((left + 1, 0), 1, batch, facecolor="none", edgecolor=INK, lw=2.4, zorder=4))
    ax.text(1.5, batch + 0.2, "x[1]", color=INK, family="monospace", ha="center", va="top")
    ax.text(steps + gap + 1.5, batch + 0.2, "output[1]", color=INK, family="monospace", ha="center", va="top")
    for b in range(batch):
        ax.text(-0.25, b + 0.5, f"sequence {b}", color=INK, ha="right", va="center", size=9.5)
    ax.set(xlim=(-1.75, at + 1.3), ylim=(batch + 0.75, -0.95))
    return fig


def _grid(ax: Axes, left: float, lengths: Sequence[int], letter: str, colour: str, title: str) -> None:
    """One array: a cell for each step of each sequence."""
    steps = max(lengths)
    for b, length in enumerate(lengths):
        for t in range(steps):
            _cell(ax, left + t, b, f"${letter}_{{{t + 1}}}$" if t < length else "0", colour if t < length else None)
    ax.text(left + steps / 2, -0.3, title, color=colour, family="monospace", ha="center", va="bottom")


def _cell(ax: Axes, left: float, top: float, text: str, colour: str | None) -> None:
    """A cell with a text; colour None: padding."""
    look = {"facecolor": "#e3e4e0", "hatch": "///"} if colour is None else {"facecolor": colour, "alpha": 0.22}
    ax.add_patch(Rectangle((left, top), 1, 1, edgecolor="white", lw=1.5, **look))
    ax.text(left + 0.5, top + 0.5, text, color=INK if colour else MUTED, ha="center", va="center", size=12)


@in_style
def plot_memory_times(alphas: Array, predicted: Mapping[str, Array], at: Array, measured: Array) -> Figure:
    """Times of a leaky integrator over alpha, predicted as lines, and its half-life as it was measured, as dots.

    alphas: (K,), predicted: name -> (K,), the half-life first; at, measured: (M,).
    """
    _checked("measured", measured, at.size)
    fig, (ax,) = new_figure(height=3.2)
    for (name, times), colour, style in zip(predicted.items(), (STATE, INPUT, RESET), ("-", "--", ":"), strict=False):
        _checked("predicted", times, alphas.size)
        ax.plot(alphas, times, style, color=colour, lw=1.8, label=name)
    ax.plot(at, measured, "o", color=STATE, ms=6, label="half-life, measured")
    ax.set(xscale="log", yscale="log", xlabel=r"share of the new, $\alpha$", ylabel="steps")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_gain_and_delay(
    periods: Array, predicted: Mapping[str, tuple[Array, Array]], at: Array, measured: Mapping[str, tuple[Array, Array]]
) -> Figure:
    """Above, how much of a wave passes, below, how late it comes out; lines predicted, dots measured.

    periods: (K,), steps; predicted: name -> gain (K,), delay (K,); at: (M,); measured: the same names -> (M,), (M,).
    """
    fig, axes = new_figure(2, height=4.6)
    for (name, lines), colour in zip(predicted.items(), COLOURS, strict=False):
        for ax, line, dots in zip(axes, lines, measured[name], strict=True):
            _checked("predicted", line, periods.size)
            _checked("measured", dots, at.size)
            ax.plot(periods, line, color=colour, lw=1.8, label=name)
            ax.plot(at, dots, "o", color=colour, ms=5)
    axes[0].set(xscale="log", ylabel="gain", ylim=(0, 1.05))
    axes[1].set(yscale="log", ylabel="delay in steps", xlabel="period of the wave, in steps")
    axes[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_smooth_or_late(
    times: Array,
    values: Array,
    smoothed: Mapping[str, Array],
    alphas: Array,
    errors: Mapping[str, Array],
    *,
    name: str,
) -> Figure:
    """Above, a noisy series with what several leaky integrators make of it; below, the error of a forecast over alpha.

    times, values: (T,), NaN where nothing was measured; smoothed: label -> (T,); alphas: (K,); errors: label -> (K,);
    name: the series' name on its axis.
    """
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(8.0, 5.6), height_ratios=[1.15, 1], layout="constrained")
    top.plot(times, values, ".", color=MUTED, ms=4, alpha=0.7)
    for (label, series), colour in zip(smoothed.items(), (RESET, STATE, UPDATE), strict=False):
        _checked("smoothed", series, times.size)
        top.plot(times, series, color=colour, lw=1.1 if colour == RESET else 2.0, label=label)
    top.set(xlim=(times[0], times[-1]), ylabel=name)
    top.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    for (label, error), colour in zip(errors.items(), (INPUT, STATE, CANDIDATE), strict=False):
        _checked("errors", error, alphas.size)
        bottom.plot(alphas, error, color=colour, lw=1.8, label=label)
        bottom.plot(alphas[error.argmin()], error.min(), "o", color=colour, ms=6)
    bottom.set(xscale="log", xlabel=r"$\alpha$", ylabel="RMSE of a forecast")
    bottom.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_kept_numbers(kept: Sequence[int], errors: Mapping[str, Mapping[str, Array]], ylabel: str) -> Figure:
    """The error over how many numbers are kept; one panel a part of the data, one line a way to keep them.

    errors: part -> name -> errors with the first numbers of `kept`, as many as there are.
    """
    fig, axes = plt.subplots(1, len(errors), figsize=(9.0, 3.0), squeeze=False, layout="constrained")
    for ax, (part, lines) in zip(axes[0], errors.items(), strict=True):
        for (name, line), colour, mark in zip(lines.items(), (INPUT, STATE, RESET), "os^", strict=False):
            if line.ndim != 1 or not 1 <= line.size <= len(kept):
                raise ArgumentError("errors", f"1 to {len(kept)} numbers a line", f"shape {line.shape}")
            ax.plot(kept[: line.size], line, f"{mark}-", color=colour, lw=1.6, ms=5, label=name)
        ax.set(title=part, xlabel="numbers kept", xticks=kept)
    axes[0, 0].set_ylabel(ylabel)
    axes[0, -1].legend(loc="upper right")
    return fig


@in_style
def plot_connectivity(rows: Mapping[str, Array]) -> Figure:
    """Which past inputs a state still depends on: a row a memory, a cell for each input, the darker the more.

    rows: name -> (K,), |dh_T/dx_(T-k)| with k = 0 first. Each row is shaded relative to its own largest number.
    """
    width = next(iter(rows.values())).size if rows else 0
    if not width:
        raise ArgumentError("rows", "one row or more, of one input or more", f"{len(rows)} rows, {width} inputs")
    shares = []
    for name, row in rows.items():
        _checked(f"rows[{name!r}]", row, width)
        if not np.isfinite(row).all() or row.min() < 0 or row.max() == 0:
            raise ArgumentError(f"rows[{name!r}]", "sizes: finite, >= 0, not all 0", f"{row.min():g} to {row.max():g}")
        shares.append(row / row.max())
    fig, (ax,) = new_figure(height=0.36 * len(rows) + 0.9, width=9.0)
    colours = LinearSegmentedColormap.from_list("influence", ["#ffffff", STATE])
    picture = ax.imshow(
        np.array(shares)[:, ::-1], cmap=colours, vmin=0, vmax=1, aspect="auto", interpolation="none",
        extent=(width - 0.5, -0.5, len(rows) - 0.5, -0.5),
    )  # fmt: skip
    for edge in range(1, len(rows)):
        ax.axhline(edge - 0.5, color="white", lw=3)
    ax.grid(False)
    ax.set(
        yticks=range(len(rows)), yticklabels=list(rows), xlabel="$k$, steps before the state $h_T$ that is looked at"
    )
    ax.tick_params(axis="y", length=0)
    fig.colorbar(picture, ax=ax, pad=0.01, ticks=[0, 0.5, 1]).set_label("share of the\nlargest", size=9)
    return fig


@in_style
def plot_recall(
    delays: Array, recall: Mapping[str, Array], predicted: Mapping[str, Array] | None = None, *, ylabel: str
) -> Figure:
    """How well something that came k steps ago can be told from a memory, a line a memory, or a way to read it.

    delays: (K,); recall: name -> (K,), or (runs, K), of which the mean is drawn, and the range as a band; predicted:
    name -> (K,), dashed.
    """
    fig, (ax,) = new_figure(height=3.0)
    for (name, values), colour in zip(recall.items(), COLOURS, strict=False):
        runs = np.atleast_2d(values)
        _checked("recall", runs[0], delays.size)
        ax.plot(delays, runs.mean(axis=0), "o-", color=colour, lw=1.8, ms=3.5, label=name)
        ax.fill_between(delays, runs.min(axis=0), runs.max(axis=0), color=colour, alpha=0.2, lw=0)
    for name, values in (predicted or {}).items():
        _checked("predicted", values, delays.size)
        ax.plot(delays, values, "--", color=INK, lw=1.4, label=name, zorder=3)
    ax.set(xlabel="$k$, steps ago", ylabel=ylabel)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_weights_and_track(weights: Array, half_life: float, hidden: Array, read: Array, states: Array) -> Figure:
    """Left, the weight of an input of k steps ago; right, a signal, the noisy numbers that are read, and the state.

    weights: (K,), k = 0 first; half_life: in steps; hidden, read, states: (T,).
    """
    for name, values in (("read", read), ("states", states)):
        _checked(name, values, hidden.size)
    fig, (left, right) = fixed_panels([1, 1.7], height=3.9, bottom=0.27, top=0.9)
    k = np.arange(weights.size)
    left.vlines(k, 0, weights, color=STATE, lw=2.4)
    left.axvline(half_life, color=RESET, lw=1.6, label="half-life")
    left.set(title="Weight of an input", xlabel="$k$, steps ago", xlim=(-1, k[-1]), ylim=(0, 1.05 * float(weights[0])))
    legend_below(left, 1, 0.23)
    t = np.arange(1, hidden.size + 1)
    right.plot(t, read, ".", color=MUTED, ms=4, alpha=0.7, label="read")
    right.plot(t, hidden, color=INK, lw=1.4, label="signal")
    right.plot(t, states, color=STATE, lw=2.2, label="state")
    right.set(title="What it makes of the signal", xlabel="step t", xlim=(0, t[-1]))
    legend_below(right, 3, 0.23)
    return fig
