"""Pictures of the backward through time: who is blamed, how far it reaches, what it keeps, what a cut takes away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gru_book.params import Array
from gru_book.plotting.style import CANDIDATE, INK, MUTED, RESET, STATE, in_style, new_figure
from gru_book.training.metrics import mean_interval


@in_style
def plot_reach(full: Array, cut: Array, window: int) -> Figure:
    """|dL/dx_t| against t, for the full gradient and one that stops `window` steps before the end; each (T, B, I)."""
    steps = np.arange(1, len(full) + 1)
    fig, (ax,) = new_figure(height=2.7)
    ax.bar(steps, np.linalg.norm(full[:, 0], axis=-1), color=MUTED, alpha=0.45, label="full")
    ax.bar(steps, np.linalg.norm(cut[:, 0], axis=-1), color=STATE, width=0.45, label=f"stopped after {window} steps")
    ax.axvline(len(full) - window + 0.5, color=RESET, lw=1.4)
    ax.set(xlabel="step t", ylabel=r"$|\mathrm{d}L/\mathrm{d}x_t|$", xlim=(0.3, len(full) + 0.7))
    ax.set_axisbelow(True)
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper left")
    return fig


@in_style
def draw_blame() -> Figure:
    """Three steps, forward in grey and backward in blue (eq-bptt)."""
    fig, ax = plt.subplots(figsize=(8.6, 3.7), layout="constrained")
    ax.set(xlim=(-0.45, 3.75), ylim=(-1.25, 1.5))
    ax.axis("off")
    _box(ax, (0, 0), "$h_0$", STATE, size=14)
    for t in range(1, 4):
        _draw_step(ax, t)
    return fig


def _draw_step(ax: Axes, t: int) -> None:
    """Step t: its state, its loss, its input, three arrows forward and three back, each back with its factor."""
    state, before, loss, use, entry = (t, 0.0), (t - 1, 0.0), (t, 1.15), (t - 0.5, -1.0), (t - 0.08, -0.1)
    _box(ax, state, f"$h_{t}$", STATE, size=14)
    _box(ax, loss, rf"loss at $h_{t}$", MUTED)
    _box(ax, use, rf"$x_{t}$, $\theta$", MUTED)
    for start, end, bend in ((before, state, 0.28), (state, loss, -0.35), (use, entry, -0.3)):
        _arrow(ax, start, end, MUTED, 1.3)
        _arrow(ax, end, start, STATE, 2.0, bend)
    ax.text(t - 0.5, 0.33, f"$J_{t}^T$", color=STATE, ha="center", va="bottom")
    ax.text(t + 0.17, 0.56, rf"$\partial L/\partial h_{t}$", color=STATE, ha="left", va="center")
    ax.text(t - 0.1, -0.72, rf"$X_{t}^T, K_{t}^T$", color=STATE, ha="left", va="center")


def _box(ax: Axes, at: tuple[float, float], words: str, edge: str, size: float | None = None) -> None:
    box = {"boxstyle": "round,pad=0.45", "facecolor": "white", "edgecolor": edge}
    ax.text(*at, words, ha="center", va="center", size=size, bbox=box)


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, width: float, bend: float = 0.0
) -> None:
    look = {"arrowstyle": "->", "color": colour, "lw": width, "shrinkA": 15, "shrinkB": 15}
    ax.annotate("", end, start, arrowprops={**look, "connectionstyle": f"arc3,rad={bend}"})


@in_style
def plot_gradients_of_losses(losses: Mapping[str, Array], d_output: Array) -> Figure:
    """|dL/dh_t| against t for up to three losses, and the direct part alone; each (T, B, H)."""
    steps = np.arange(1, len(d_output) + 1)
    fig, (ax,) = new_figure(height=3.0)
    ax.plot(steps, _size(d_output), ":", color=MUTED, label=r"the direct part $\partial L/\partial h_t$ alone")
    for (label, total), colour, style in zip(losses.items(), (STATE, RESET, INK), ("-", "-", "--"), strict=False):
        ax.plot(steps, _size(total), style, color=colour, lw=2, label=label)
    ax.set(xlabel="step t", ylabel=r"$|\mathrm{d}L/\mathrm{d}h_t|$", yscale="log", xlim=(1, len(d_output)))
    ax.set(yticks=(0.2, 0.5, 1.0), yticklabels=("0.2", "0.5", "1"))
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


def _size(gradient: Array) -> Array:
    size: Array = np.linalg.norm(gradient, axis=(1, 2))
    return size


@in_style
def plot_memory_use(seq_lens: Sequence[int], curves: Mapping[str, Sequence[int]]) -> Figure:
    """Bytes that a backward keeps, against the number of steps; up to three curves."""
    fig, (ax,) = new_figure(height=3.0)
    looks = zip((STATE, CANDIDATE, RESET), ("-", "--", ":"), strict=True)
    for (label, memory), (colour, style) in zip(curves.items(), looks, strict=False):
        ax.plot(seq_lens, np.array(memory) / 2**20, style, color=colour, lw=2.2, marker="o", ms=4, label=label)
    ax.set(xscale="log", yscale="log", xlabel="steps T", ylabel="MiB for the backward")
    ax.set(xticks=seq_lens, xticklabels=map(str, seq_lens))
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_truncation_bias(
    taus: Sequence[int], measured: Mapping[float, Mapping[str, Array]], half_lives: Mapping[float, float]
) -> Figure:
    """Relative error and angle of a cut gradient against the window tau, with intervals over the seeds.

    measured: for up to three GRUs and each of "windows" and "fair", error and angle in degrees, (seeds, taus, 2);
    half_lives: of the same GRUs, in steps.
    """
    fig, axes = plt.subplots(1, 2, figsize=(9.4, 3.9), layout="constrained")
    for (gru, ways), colour in zip(measured.items(), (RESET, CANDIDATE, STATE), strict=False):
        for way, style in (("windows", "-"), ("fair", ":")):
            for ax, values in zip(axes, np.moveaxis(ways[way], -1, 0), strict=True):
                mean, low, high = np.array([mean_interval(column) for column in values.T]).T
                label = f"half-life {half_lives[gru]:.0f}" if way == "windows" else None
                ax.plot(taus, mean, style, color=colour, lw=2, label=label)
                ax.fill_between(taus, np.maximum(low, 1e-6), high, color=colour, alpha=0.15, lw=0)
    axes[0].plot([], [], ":", color=MUTED, label="the fair cut")
    axes[0].set(xscale="log", yscale="log", ylim=(1e-2, 1.3), ylabel="relative error of the gradient")
    axes[1].set(xscale="log", ylim=(0, None), ylabel="angle to the full gradient, degrees")
    for ax in axes:
        ax.set(xlabel=r"$\tau$", xticks=taus, xticklabels=map(str, taus))
        ax.minorticks_off()
    axes[0].legend(loc="lower left")
    return fig


@in_style
def plot_averages(counts: Sequence[int], distance: Mapping[str, Array]) -> Figure:
    """Relative distance of a mean over N minibatches from the truth: each repetition, and their root mean square.

    counts: the N; distance: (repetitions, len(counts)) for up to three ways.
    """
    fig, (ax,) = new_figure(height=3.4)
    looks = zip((STATE, RESET, CANDIDATE), ("-", "-", "--"), strict=True)
    for (way, values), (colour, style) in zip(distance.items(), looks, strict=False):
        ax.plot(counts, np.sqrt((values**2).mean(axis=0)), style, color=colour, lw=2.2, label=way)
        ax.plot(counts, values.T, "o", color=colour, ms=3, alpha=0.45)
    ax.set(xscale="log", yscale="log", xlabel="minibatches averaged", ylabel="relative distance from the truth")
    ax.set(xticks=counts, xticklabels=map(str, counts), yticks=(0.05, 0.2, 1, 5))
    ax.set(yticklabels=("0.05", "0.2", "1", "5"))
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_recall(full: Iterable[Array], cut: Iterable[Array], tau: int) -> Figure:
    """Training losses, (steps,) a run and smoothed over 10 steps, with the full gradient and with windows of tau."""
    fig, (ax,) = new_figure(height=3.0)
    for runs, colour, label in ((full, STATE, "full gradient"), (cut, RESET, rf"windows, $\tau = {tau}$")):
        for k, losses in enumerate(runs):
            smooth = np.convolve(losses, np.full(10, 0.1), "valid")
            ax.plot(np.arange(10, 10 + smooth.size), smooth, color=colour, lw=1.4, label=label if k == 0 else None)
    ax.axhline(np.log(2), color=MUTED, lw=1, ls="--")
    ax.text(250, np.log(2) + 0.03, "a guess, ln 2", color=MUTED, ha="right")
    ax.set(xlabel="gradient steps", ylabel="training loss, nats", ylim=(0, 0.95), xlim=(0, 252))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig
