"""One file of weights, read as the book reads it and in another way: one step, and a run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.panels import fixed_panels, legend_below
from gru_book.plotting.style import CANDIDATE, INK, MUTED, RESET, STATE, UPDATE, in_style

Lines = tuple[tuple[str, bool], ...]
"""Lines of text, each with whether it differs from the book's."""

COLOURS = (RESET, UPDATE, CANDIDATE, STATE)
"""Of r, z, n and h_t."""


@in_style
def plot_switched(
    book: Mapping[str, Array], other: Mapping[str, Array], runs: tuple[Array, Array], at: int, lines: Lines
) -> Figure:
    """Left, r, z, n and h_t of each unit in one step under two readings; right, a unit's state over a run of each.

    Args:
        book, other: name -> (H,), the four quantities in the order in which they are computed.
        runs: the book's and the other's state over T steps, each (T,); at: the step of the left panel, from 1.
        lines: the other reading's equations.
    """
    if list(book) != list(other) or len(book) != len(COLOURS):
        raise ArgumentError("book, other", "the same four quantities", f"{list(book)} and {list(other)}")
    fig, (step, run) = fixed_panels([1, 1.1], height=4.9, bottom=0.4, top=0.93, wspace=0.16)
    _quantities(step, book, other)
    steps = np.arange(1, runs[0].size + 1)
    run.axvline(at, color=MUTED, lw=1.0, ls=":")
    run.plot(steps, runs[0], color=MUTED, lw=3.2, alpha=0.55, label="as the book reads it")
    run.plot(steps, runs[1], color=STATE, lw=1.8, label="as chosen")
    run.set(title="A run: $h_t$ of unit 1", xlabel="step t", ylim=(-1.08, 1.08), xlim=(1, steps[-1]))
    legend_below(run, 2, 0.24)
    for k, (text, changed) in enumerate(lines):
        place = (0.075 + 0.5 * (k % 2), 0.115 - 0.068 * (k // 2))
        fig.text(*place, text, color=RESET if changed else INK, weight="bold" if changed else "normal", size=11)
    return fig


def _quantities(ax: Axes, book: Mapping[str, Array], other: Mapping[str, Array]) -> None:
    units = np.linspace(-0.25, 0.25, len(next(iter(book.values()))))
    for column, (name, colour) in enumerate(zip(book, COLOURS, strict=True)):
        at = column + units
        ax.vlines(at, np.minimum(book[name], other[name]), np.maximum(book[name], other[name]), color=colour, lw=1.4)
        ax.plot(at, other[name], "o", color=colour, ms=6.5)
        ax.plot(at, book[name], "o", mec=INK, mfc="none", ms=10, mew=1.1)
    ax.plot([], [], "o", mec=INK, mfc="none", ms=10, mew=1.1, label="as the book reads it")
    ax.plot([], [], "o", color=MUTED, ms=6.5, label="as chosen")
    ax.axhline(0, color=MUTED, lw=0.8)
    ax.set(title="One step from one state", xticks=range(len(book)), xticklabels=list(book), ylim=(-1.08, 1.08))
    ax.tick_params(axis="x", labelsize=12)
    ax.grid(axis="x", visible=False)
    legend_below(ax, 2, 0.24)
