"""Pictures of the GRU in PyTorch: the tape, what is kept on it, a packed batch, equal losses, and readouts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from gru_book.errors import ArgumentError
from gru_book.params import Array, describe
from gru_book.plotting.panels import fixed_panels
from gru_book.plotting.style import CANDIDATE, INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style, new_figure
from gru_book.training.metrics import mean_interval

COLOURS = (STATE, RESET, CANDIDATE, UPDATE, INPUT, INK)
"""Of the kinds, or the sequences, of one figure, in their order."""

FLOOR = 1e-10
"""Smaller differences are drawn here: below it is rounding, which no two machines share."""


@in_style
def draw_tapes(operations: Sequence[str], kept: str, steps: int = 3) -> Figure:
    """Above, the tape that autograd writes, a block a step with its operations; below, one entry for all steps.

    operations: of one step, in their order; kept: what the one entry keeps.
    """
    if not operations:
        raise ArgumentError("operations", "at least one name", describe(operations))
    fig, ax = plt.subplots(figsize=(8.8, 3.9), layout="constrained")
    ax.set(xlim=(-0.35, steps), ylim=(-1.0, 1.5))
    ax.axis("off")
    for t in range(steps):
        _block(ax, t, 0.02, 0.84, 1.12, STATE)
        ax.text(t + 0.42, 1.26, f"step {t + 1}", ha="center", color=STATE, weight="bold")
        columns = 2
        for k, name in enumerate(operations):
            row, column = divmod(k, columns)
            rows = -(-len(operations) // columns)
            place = (t + 0.22 + 0.4 * column, 1.04 - 0.94 * (row + 0.5) / rows)
            ax.text(*place, name, ha="center", va="center", size=9.5, color=INK)
        if t:
            ax.annotate("", (t, 0.58), (t - 0.16, 0.58), arrowprops={"arrowstyle": "-|>", "color": MUTED, "lw": 1.4})
    _block(ax, 0, -0.8, steps - 0.16, 0.55, CANDIDATE)
    ax.text((steps - 0.16) / 2, -0.44, "one entry for all steps", ha="center", color=CANDIDATE, weight="bold")
    ax.text((steps - 0.16) / 2, -0.66, kept, ha="center", va="center", size=9)
    for y, words in ((0.58, "autograd"), (-0.52, "by hand")):
        ax.text(-0.06, y, words, ha="right", va="center", rotation=90, color=MUTED)
    return fig


def _block(ax: Axes, x: float, y: float, width: float, height: float, colour: str) -> None:
    ax.add_patch(
        FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0,rounding_size=0.05", fc="white", ec=colour, lw=1.6)
    )


@in_style
def draw_packed(lengths: Sequence[int]) -> Figure:
    """A padded batch, the same batch sorted by length, and the packed array below, a colour a sequence."""
    count, longest = len(lengths), max(lengths, default=0)
    if not 1 <= count <= len(COLOURS) or min(lengths) < 1:
        raise ArgumentError("lengths", f"1 to {len(COLOURS)} lengths >= 1", describe(lengths))
    order = np.argsort(-np.asarray(lengths), kind="stable")
    fig, ax = plt.subplots(figsize=(8.8, 4.2), layout="constrained")
    right = longest + 3
    ax.set(xlim=(-1.2, right + longest + 0.3), ylim=(-4.3, count + 1.1), aspect="equal")
    ax.axis("off")
    _grid(ax, 0, lengths, range(count), "padded, as it came")
    _grid(ax, right, lengths, order, "sorted by length")
    sizes = [sum(length > t for length in lengths) for t in range(longest)]
    for t, size in enumerate(sizes):
        ax.text(right + t + 0.5, -0.45, str(size), ha="center", va="center", color=INK, weight="bold")
    ax.text(right - 0.25, -0.45, "batch_sizes", ha="right", va="center", color=INK, size=9)
    x, shrink = 0.0, (right + longest) / sum(lengths)
    for t, size in enumerate(sizes):
        for b in order[:size]:
            _cell(ax, (x, -2.9), b, t, width=shrink)
            x += shrink
        ax.plot([x, x], [-3.05, -1.75], color=INK, lw=1.6)
    ax.plot([0, 0], [-3.05, -1.75], color=INK, lw=1.6)
    ax.text(0, -3.55, "packed: step 1 of all sequences, then step 2 of those that have one, and so on", va="center")
    return fig


def _grid(ax: Axes, left: float, lengths: Sequence[int], order: Iterable[int], title: str) -> None:
    longest, count = max(lengths), len(lengths)
    ax.text(left, count + 0.5, title, weight="bold", va="center")
    for row, b in enumerate(order):
        for t in range(longest):
            _cell(ax, (left + t, count - 1 - row), b if t < lengths[b] else None, t)


def _cell(ax: Axes, at: tuple[float, float], b: int | None, t: int, *, width: float = 1.0) -> None:
    """One frame of sequence b, or padding where b is None."""
    ax.add_patch(
        Rectangle(at, width, 1, fc="white" if b is None else COLOURS[b], ec="white" if b is not None else "#d5d7d2")
    )
    if b is not None:
        words = f"{'abcdef'[b]}{t + 1}"
        ax.text(at[0] + width / 2, at[1] + 0.5, words, ha="center", va="center", color="white", size=9)


@in_style
def plot_kept(
    seq_lens: Sequence[int], tensors: Mapping[str, Sequence[int]], sizes: Mapping[str, Sequence[int]]
) -> Figure:
    """How many tensors wait for the backward, and how many bytes, against the number of steps; a line a way."""
    fig, (left, right) = fixed_panels((1, 1), height=3.4, bottom=0.17, wspace=0.22)
    for ax, values, title in ((left, tensors, "tensors kept"), (right, sizes, "KiB kept")):
        for (name, numbers), colour in zip(values.items(), COLOURS, strict=False):
            if len(numbers) != len(seq_lens):
                raise ArgumentError("tensors", f"{len(seq_lens)} numbers for {name}", describe(numbers))
            scaled = np.asarray(numbers) / (1024 if ax is right else 1)
            ax.plot(seq_lens, scaled, "o-", color=colour, lw=2, ms=5, label=name)
        ax.set(title=title, xlabel="steps $T$", ylim=(0, None))
    left.legend(loc="upper left")
    return fig


@in_style
def plot_two_ways(losses: Mapping[str, Array], differences: Mapping[str, Array]) -> Figure:
    """Above, losses over the gradient steps, thick lines under thin ones; below, relative differences of losses."""
    fig, (top, bottom) = new_figure(2, height=5.2, height_ratios=(1, 1.25))
    widths = np.linspace(5.0, 1.2, len(losses))
    for (name, values), colour, width in zip(losses.items(), COLOURS, widths, strict=False):
        top.plot(np.arange(1, values.size + 1), values, color=colour, lw=width, label=name)
    for (name, values), colour in zip(differences.items(), COLOURS[1:], strict=False):
        bottom.plot(np.arange(1, values.size + 1), np.maximum(values, FLOOR), color=colour, lw=1.4, label=name)
    top.set(yscale="log", ylabel="loss")
    bottom.set(yscale="log", ylabel="relative difference", xlabel="gradient step", ylim=(FLOOR / 4, 30))
    bottom.set_yticks(
        [1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1], ["$\\leq 10^{-10}$", *(f"$10^{{{k}}}$" for k in (-8, -6, -4, -2)), "1"]
    )
    bottom.minorticks_off()
    for ax in (top, bottom):
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_accuracies(runs: Mapping[str, Array], baselines: Mapping[str, float]) -> Figure:
    """A row of dots for each model, a dot a seed, with the interval of their mean; a diamond for each baseline.

    runs: name -> (seeds,), shares of right answers; baselines: name -> share.
    """
    names = [*baselines, *runs]
    fig, (ax,) = new_figure(height=0.9 + 0.36 * len(names))
    for row, (_, value) in enumerate(baselines.items()):
        ax.plot(100 * value, row, "D", color=MUTED, ms=6)
    for row, (_, values) in enumerate(runs.items(), start=len(baselines)):
        interval = mean_interval(100 * np.asarray(values))
        ax.plot([interval.low, min(interval.high, 100)], [row, row], color=STATE, lw=2, alpha=0.5)
        ax.plot(100 * np.asarray(values), row + np.linspace(-0.15, 0.15, len(values)), "o", color=STATE, ms=4.5)
    ax.set(yticks=range(len(names)), yticklabels=names, xlabel="speakers recognised, per cent")
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    return fig


@in_style
def plot_seen(seen: Mapping[str, Array], lengths: int) -> Figure:
    """How much each frame matters to a few outputs; name -> (T,), a row of bars each, drawn relative to its largest.

    lengths: how many of the T frames are real; the padding is shaded.
    """
    fig, axes = new_figure(len(seen), height=0.8 + 0.95 * len(seen))
    for ax, (name, sizes), colour in zip(axes, seen.items(), COLOURS, strict=False):
        steps = np.arange(1, len(sizes) + 1)
        ax.bar(steps, sizes / max(sizes.max(), 1e-300), color=colour, width=0.8)
        ax.axvspan(lengths + 0.5, len(sizes) + 0.5, color=MUTED, alpha=0.18, lw=0)
        ax.set(yticks=[], ylim=(0, 1.1), xlim=(0.4, len(sizes) + 0.6))
        ax.set_title(name, size=10)
        ax.grid(visible=False)
    axes[-1].set(xlabel="frame", xticks=range(1, len(steps) + 1, 2))
    return fig
