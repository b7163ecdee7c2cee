"""Forecasts beside the truth, and how a training run went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from gru_book.params import Array
from gru_book.plotting.style import CANDIDATE, INK, MUTED, RESET, STATE, in_style, new_figure
from gru_book.training.loop import TrainingResult


@in_style
def plot_forecasts(times: Array, truth: Array, forecasts: Mapping[str, Array], *, spread: Array, name: str) -> Figure:
    """The truth as dots, each forecast as a line, and the range of the single runs of the first as a band.

    times, truth and each forecast: (T,); spread: (runs, T); name: the series' name on its axis.
    """
    fig, axes = new_figure(2, height=4.8, height_ratios=[2.2, 1])
    axes[0].fill_between(times, spread.min(axis=0), spread.max(axis=0), color=STATE, alpha=0.18, lw=0)
    axes[0].plot(times, truth, "o", color=INK, ms=3.4, label="truth", zorder=3)
    for (label, forecast), colour in zip(forecasts.items(), (STATE, RESET, CANDIDATE), strict=False):
        axes[0].plot(times, forecast, color=colour, lw=1.6, label=label)
        axes[1].plot(times, forecast - truth, color=colour, lw=1.4)
    axes[0].set(ylabel=name, xlim=(times[0] - 0.5, times[-1] + 0.5))
    axes[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    axes[1].axhline(0, color=MUTED, lw=0.8)
    axes[1].set(ylabel="forecast - truth", xlabel="year")
    return fig


@in_style
def plot_learning_curves(results: Sequence[TrainingResult[object]], *, train_unit: float, name: str) -> Figure:
    """Training and validation error of several runs against the gradient steps; a dot marks what was kept.

    train_unit: what one unit of the root of the training loss is in the unit of `name`.
    """
    fig, (ax,) = new_figure(height=3.0)
    for i, result in enumerate(results):
        kept = result.validated_at == result.best_step
        labels = ("training years", "validation years", "kept") if i == 0 else (None, None, None)
        ax.plot(np.sqrt(result.train_loss) * train_unit, color=MUTED, lw=0.9, alpha=0.8, label=labels[0])
        ax.plot(result.validated_at, result.validation_loss, color=STATE, lw=1.2, alpha=0.8, label=labels[1])
        ax.plot(
            result.validated_at[kept], result.validation_loss[kept], "o", color=RESET, ms=5, zorder=3, label=labels[2]
        )
    ax.set(xlabel="gradient steps", ylabel=name, ylim=(0, None))
    ax.legend(loc="upper right")
    return fig
