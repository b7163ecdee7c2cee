"""The seven pictures of chapter 00, one a step: from a state that counts to a network that writes names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.gates import shades
from gru_book.plotting.style import CANDIDATE, INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style, new_figure

SIGNED: Colormap = LinearSegmentedColormap.from_list("signed", [INPUT, "#f6f4ee", STATE])
"""For numbers from -1 to 1: grey below 0, nearly white at 0, blue above."""


def _checked_length(argument: str, values: Array, expected: int) -> None:
    """The first axis has one entry a letter, or a step."""
    if values.shape[:1] != (expected,):
        raise ArgumentError(argument, f"{expected} entries along the first axis", f"shape {values.shape}")


@in_style
def plot_state(word: str, h: Array, chance: Array) -> Figure:
    """Left: a state of one number, after each letter of `word`; right: how often a vowel comes next in that state.

    h: (T,), whole numbers.  chance: (K,), for the states 0 to K - 1, between 0 and 1.
    """
    _checked_length("h", h, len(word))
    fig, (left, right) = plt.subplots(1, 2, figsize=(8.6, 2.8), width_ratios=[1.5, 1], layout="constrained")
    steps = np.arange(len(word))
    left.bar(steps, h, color=STATE, width=0.72)
    for t, state in enumerate(h):
        left.text(t, float(state) + 0.06, f"{state:.0f}", color=STATE, ha="center", va="bottom", weight="bold")
    left.set(xticks=steps, xticklabels=list(word), ylim=(0, float(h.max()) + 0.6), yticks=range(int(h.max()) + 1))
    left.set(xlabel="letter read", ylabel="state $h_t$", title="the state after each letter")
    right.bar(np.arange(chance.size), 100 * chance, color=INPUT, width=0.72)
    for state, share in enumerate(chance):
        right.text(state, 100 * share + 2, f"{100 * share:.0f} %", color=INPUT, ha="center", va="bottom")
    right.set(xticks=range(chance.size), ylim=(0, 118), yticks=(0, 50, 100))
    right.set(xlabel="state $h_t$", ylabel="%", title="how often a vowel is next")
    for ax in (left, right):
        ax.grid(axis="x", visible=False)
        ax.set_axisbelow(True)
    return fig


@in_style
def draw_network(word: str, states: Array) -> Figure:
    """The network laid out over the letters of `word`, which it reads; above, the letters that it should name next.

    word: begins and ends with the mark; all but its last letter are read.  states: (T + 1, H), h_0 first, in -1..1.
    """
    steps = len(word) - 1
    _checked_length("states", states, steps + 1)
    fig, ax = plt.subplots(figsize=(1.3 * (steps + 1) + 0.4, 3.9), layout="constrained")
    ax.set(xlim=(-0.6, steps + 0.6), ylim=(-1.25, 2.35))
    ax.axis("off")
    for t in range(steps + 1):
        _cells(ax, t, states[t])
        ax.text(t + 0.17, 1.1, f"$h_{t}$", color=STATE, size=13, ha="left", va="bottom")
        if t:
            _arrow(ax, (t - 0.86, 0.5), (t - 0.16, 0.5), STATE, "$U$", (0, 0.12))
            _arrow(ax, (t, -0.72), (t, -0.05), INPUT, "$V$", (0.13, 0))
            _arrow(ax, (t, 1.05), (t, 1.75), MUTED, "", (0, 0))
            _letter(ax, (t, -0.93), word[t - 1], INPUT)
            _letter(ax, (t, 1.96), word[t], INK)
    ax.text(0, -0.93, "read", color=INPUT, ha="center", va="center")
    ax.text(0, 1.96, "to be named", color=INK, ha="center", va="center")
    return fig


def _cells(ax: Axes, at: float, column: Array) -> None:
    """A state as a column of coloured cells between the heights 0 and 1."""
    height = 1.0 / column.size
    for k, value in enumerate(column):
        colour = SIGNED((float(value) + 1) / 2)
        ax.add_patch(Rectangle((at - 0.12, 1 - (k + 1) * height), 0.24, height, facecolor=colour, edgecolor="white"))
    ax.add_patch(Rectangle((at - 0.12, 0), 0.24, 1, facecolor="none", edgecolor=STATE, lw=1.6))


def _letter(ax: Axes, at: tuple[float, float], letter: str, colour: str) -> None:
    ax.plot(*at, "o", color=colour, ms=24)
    ax.text(*at, letter, color="white", size=14, ha="center", va="center_baseline")


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, text: str, beside: tuple[float, float]
) -> None:
    look = {"arrowstyle": "-|>,head_width=0.22,head_length=0.4", "color": colour, "lw": 2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=look)
    middle = (start[0] + end[0]) / 2 + beside[0], (start[1] + end[1]) / 2 + beside[1]
    ax.text(*middle, text, color=colour, size=13, ha="center", va="center")


@in_style
def plot_forgetting(distances: Mapping[str, Array], at: Sequence[int]) -> Figure:
    """How far apart two states are whose first letters differed, while both read the same letters.

    distances: label -> (T, pairs), each > 0, for up to three networks; at: (T,), letters read since the difference.
    """
    fig, (ax,) = new_figure(height=3.1)
    for (label, values), colour, style in zip(distances.items(), (STATE, INPUT, INK), ("-", "--", ":"), strict=False):
        _checked_length("at", np.asarray(at), len(values))
        ax.plot(at, values, color=colour, lw=0.5, alpha=0.22)
        ax.plot(at, np.median(values, axis=1), style, color=colour, lw=2.6, label=label)
    ax.set(yscale="log", xlim=(at[0], at[-1]), xlabel="equal letters read since", ylabel="distance of the states")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_two_units(word: str, r: Array, z: Array, h: Array) -> Figure:
    """Two units set by hand: above, one that counts, with its reset gate; below, one that holds, with its update gate.

    r, z, h: (T, 2), a row a letter of `word`; the first unit is drawn with r, the second with z.
    """
    for argument, values in (("r", r), ("z", z), ("h", h)):
        _checked_length(argument, values, len(word))
    steps = np.arange(len(word))
    fig, (top, bottom) = new_figure(2, height=4.4)
    shut = np.flatnonzero(r[:, 0] < 0.5)
    wide = np.flatnonzero(z[:, 1] > 0.5)
    for ax, where, colour in ((top, shut, RESET), (bottom, wide, UPDATE)):
        for t in where:
            ax.axvspan(t - 0.5, t + 0.5, color=colour, alpha=0.2, lw=0)
    for ax, unit in ((top, 0), (bottom, 1)):
        ax.axhline(0, color=INK, lw=0.8)
        ax.step(
            np.append(steps, len(word)) - 0.5, np.append(h[:, unit], h[-1, unit]), where="post", color=STATE, lw=2.6
        )
        ax.set(ylabel="state $h_t$", xlim=(-0.5, len(word) - 0.5))
        ax.grid(axis="x", visible=False)
    top.set(ylim=(-0.06, 0.78))
    top.set_title("unit 1 counts consonants; shaded: its reset gate $r_t$ is shut", color=RESET)
    bottom.set(ylim=(-1.12, 1.12), xticks=steps, xticklabels=list(word), xlabel="letter read")
    bottom.set_title("unit 2 holds the last vowel; shaded: its update gate $z_t$ is open", color=UPDATE)
    return fig


@in_style
def plot_one_step(h_prev: Array, r: Array, n: Array, z: Array, h_t: Array) -> Figure:
    """One step of a GRU in numbers, a row a unit, in the order of computation; each (H,)."""
    columns = (
        (r"$h_{t-1}$", "old state", h_prev, SIGNED, STATE),
        ("$r_t$", "reset gate", r, shades(RESET), RESET),
        ("$z_t$", "update gate", z, shades(UPDATE), UPDATE),
        (r"$r_t \odot h_{t-1}$", "what may be read", r * h_prev, SIGNED, STATE),
        ("$n_t$", "candidate", n, SIGNED, CANDIDATE),
        ("$h_t$", "new state", h_t, SIGNED, STATE),
    )
    fig, ax = plt.subplots(figsize=(8.8, 0.52 * h_prev.size + 1.0), layout="constrained")
    ax.set(xlim=(-0.55, len(columns) - 0.45), ylim=(h_prev.size - 0.4, -1.4))
    ax.axis("off")
    for k, (symbol, words, values, colours, colour) in enumerate(columns):
        _checked_length(words, values, h_prev.size)
        ax.text(k, -1.02, symbol, color=colour, size=14, ha="center", va="center")
        ax.text(k, -0.6, words, color=colour, size=9.5, ha="center", va="center")
        for row, value in enumerate(values):
            share = float(value) if colours.name == "gate" else (float(value) + 1) / 2
            face = colours(share)
            ax.add_patch(Rectangle((k - 0.42, row - 0.42), 0.84, 0.84, facecolor=face, edgecolor=colour, lw=1.2))
            ink = "white" if np.dot(face[:3], (0.299, 0.587, 0.114)) < 0.55 else INK
            ax.text(k, row, f"{value:.2f}", color=ink, ha="center", va="center")
    return fig


@in_style
def plot_learning(
    steps: Array, train: Array, validated_at: Array, validation: Array, baselines: Mapping[str, float]
) -> Figure:
    """The loss while a network learns, in bits a letter, with counted models as horizontal lines.

    steps, train: (K,), smoothed by the caller as it likes.  validated_at, validation: (M,).
    """
    fig, (ax,) = new_figure(height=3.4)
    ax.plot(steps, train, color=MUTED, lw=1.2, label="GRU, the names it learns from")
    ax.plot(validated_at, validation, "o-", color=STATE, lw=2.2, ms=3.5, label="GRU, names it does not see")
    for label, bits in baselines.items():
        ax.axhline(bits, color=INK, lw=1, ls=(0, (4, 3)))
        ax.annotate(label, (1, bits), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                    va="center", annotation_clip=False)  # fmt: skip
    ax.set(xlabel="gradient steps", ylabel="bits a letter", xlim=(0, max(steps[-1], validated_at[-1])))
    ax.legend(loc="upper right")
    return fig


@in_style
def plot_writing(written: str, probabilities: Array, symbols: Sequence[str]) -> Figure:
    """What the network held likely before each letter that it wrote; the letter that was drawn has a frame.

    written: T letters, the end mark last.  probabilities: (T, V), rows sum to 1.  symbols: V of them.
    """
    _checked_length("probabilities", probabilities, len(written))
    _checked_length("symbols", np.asarray(symbols), probabilities.shape[1])
    fig, ax = plt.subplots(figsize=(8.8, 0.46 * len(written) + 1.1), layout="constrained")
    picture = ax.imshow(probabilities, cmap=shades(MUTED), vmin=0, vmax=1, aspect="auto", interpolation="none")
    ax.grid(False)
    for row, letter in enumerate(written):
        column = list(symbols).index(letter)
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor="none", edgecolor=STATE, lw=2.6))
    before = ["." + written[:t] for t in range(len(written))]
    ax.set(xticks=range(len(symbols)), xticklabels=symbols, yticks=range(len(written)), yticklabels=before)
    ax.set(xlabel="the next letter", ylabel="read so far")
    bar = fig.colorbar(picture, ax=ax, pad=0.01, ticks=[0, 0.5, 1])
    bar.set_label("probability")
    return fig
