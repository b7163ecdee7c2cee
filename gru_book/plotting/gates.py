"""What the gates of a GRU do: over time, and at their extremes."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.style import INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style, lightness, new_figure


@in_style
def plot_gates(times: Array, series: Array, r: Array, z: Array, *, name: str) -> Figure:
    """A series, and below it each unit's reset and update gate at the same times.

    Args:
        times: (T,), equally spaced.  series: (T,), what the GRU read.  r, z: (T, H), between 0 and 1.
        name: what the series is called on its axis.

    Units are sorted by their mean update gate: the slowest, which keep their state, on top.
    """
    if not times.shape == series.shape == r.shape[:1] or r.shape != z.shape or r.ndim != 2:
        raise ArgumentError("r, z", f"shape (T, H) with T = {times.size}", f"shapes {r.shape} and {z.shape}")
    fig, axes = new_figure(3, height=6.2, height_ratios=[1, 1.25, 1.25])
    axes[0].plot(times, series, color=INPUT, lw=1.3)
    axes[0].set(ylabel=name, title=name, xlim=(times[0], times[-1]), ylim=(0, None))
    order = np.argsort(z.mean(axis=0))
    for ax, gate, letter, word, colour in (
        (axes[1], r, "r", "reset gate: what the candidate may read", RESET),
        (axes[2], z, "z", "update gate: how much is rewritten", UPDATE),
    ):
        _gate_map(fig, ax, times, gate[:, order], letter, colour)
        ax.set_title(word)
    axes[2].set_xlabel("year")
    return fig


def _gate_map(fig: Figure, ax: Axes, times: Array, gate: Array, letter: str, colour: str) -> None:
    half = (times[1] - times[0]) / 2
    extent = (times[0] - half, times[-1] + half, gate.shape[1] + 0.5, 0.5)
    picture = ax.imshow(gate.T, aspect="auto", extent=extent, vmin=0, vmax=1, cmap=shades(colour), interpolation="none")
    ax.grid(False)
    ax.set(ylabel="unit", yticks=[1, gate.shape[1]])
    bar = fig.colorbar(picture, ax=ax, pad=0.01, ticks=[0, 0.5, 1])
    bar.set_label(f"${letter}_t$", rotation=0, labelpad=8)


def shades(colour: str) -> Colormap:
    """From nearly white (0) to dark (1) through one colour; equal steps of a gate look like equal steps of darkness."""
    light, dark = "#f1efe8", "#191521"
    middle = (lightness(light) - lightness(colour)) / (lightness(light) - lightness(dark))
    return LinearSegmentedColormap.from_list("gate", [(0.0, light), (middle, colour), (1.0, dark)])


@in_style
def plot_latch(value: Array, z: Array, h: Array) -> Figure:
    """A unit that stores what it reads where its update gate opens; value, z, h: (T,)."""
    steps = np.arange(value.size)
    fig, (ax,) = new_figure(height=2.7)
    for t in np.flatnonzero(z > 0.5):
        ax.axvspan(t - 0.5, t + 0.5, color=UPDATE, alpha=0.16, lw=0)
        ax.text(float(t), 1.13, "$z_t$ open", color=UPDATE, ha="center", va="bottom", clip_on=False)
    ax.plot(steps, value, "o-", color=MUTED, lw=0.8, ms=3.5, label="what comes in, $x_t$")
    ax.step(steps, h, where="mid", color=STATE, lw=2.4, label="what is stored, $h_t$")
    ax.set(xlabel="step t", ylim=(-1.1, 1.1), xlim=(-0.5, value.size - 0.5))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_influence(z: Array, r: Array, influence: Array) -> Figure:
    """How much of the old state reaches the new one, for gates held at z and r.

    z: (K,), r: (L,), from 0 to 1; influence: (L, K), the derivative dh_t/dh_{t-1} of one unit.
    """
    fig, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
    ax.grid(False)
    extent = (z[0], z[-1], r[0], r[-1])
    shade: dict[str, Any] = {"cmap": shades(STATE), "vmin": 0, "vmax": 1.25}
    picture = ax.imshow(influence, origin="lower", extent=extent, aspect="auto", interpolation="bilinear", **shade)
    corners = (
        (0, 0, "copy", "left", "bottom", "white"),
        (0, 1, "copy", "left", "top", "white"),
        (1, 0, "restart:\nthe past is gone", "right", "bottom", INK),
        (1, 1, "vanilla RNN:\nthe past comes\nthrough r", "right", "top", "white" if influence[-1, -1] > 0.4 else INK),
    )
    for x, y, text, ha, va, colour in corners:
        ax.annotate(
            text,
            (x, y),
            ((8, -8)[x], (8, -8)[y]),
            textcoords="offset points",
            ha=ha,
            va=va,
            color=colour,
            weight="bold",
        )
    ax.set(xlabel="update gate $z_t$", ylabel="reset gate $r_t$")
    ax.xaxis.label.set_color(UPDATE)
    ax.yaxis.label.set_color(RESET)
    bar = fig.colorbar(picture, ax=ax, boundaries=np.linspace(0, 1, 201), ticks=[0, 0.5, 1])
    bar.set_label(r"$\partial h_t\,/\,\partial h_{t-1}$")
    return fig
