"""One look for every figure: a colour a quantity, the same in diagrams and plots, and quiet axes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from gru_book.plotting.show import CARD

INK = "#22252b"
"""Text and axes."""

MUTED = "#6b7280"
"""What stands in the background: grids, notes, baselines."""

STATE = "#0b62a4"
INPUT = "#4b5563"
RESET = "#c2500a"
UPDATE = "#4a1d7a"
CANDIDATE = "#0f7a55"
"""The colour of h, x, r, z and n wherever they are drawn; dark enough to be read as text on CARD, and apart from each
other for those who lack one kind of cone. There blue and violet look alike, so z is much darker than h."""

LOOK: Any = {
    "font.size": 10.5,
    "mathtext.fontset": "stix",
    "axes.edgecolor": MUTED,
    "axes.facecolor": CARD,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.facecolor": CARD,
    "grid.color": "#e3e4e0",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "lines.solid_capstyle": "round",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
"""Matplotlib settings of the book."""


def lightness(colour: str) -> float:
    """L* of CIELAB, from 0 for black to 100 for white: how light a colour looks."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_style(draw: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate a drawing function: all of it runs under LOOK, since a text takes its font when it is made."""

    @wraps(draw)
    def styled(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with plt.rc_context(LOOK):
            return draw(*args, **kwargs)

    return styled


@in_style
def new_figure(rows: int = 1, *, width: float = 8.0, height: float = 3.0, **options: Any) -> tuple[Figure, list[Axes]]:
    """A figure in the book's look with `rows` axes below each other that share x.

    width, height: inches; options: as for plt.subplots, for example height_ratios.
    """
    fig, axes = plt.subplots(
        rows, 1, figsize=(width, height), sharex=True, squeeze=False, layout="constrained", **options
    )
    return fig, list(axes[:, 0])
