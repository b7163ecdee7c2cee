"""Panels that stand still: their places do not depend on what is drawn, so a figure that is redrawn does not move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gru_book.plotting.style import in_style

Ratios = Sequence[float]


@in_style
def fixed_panels(
    ratios: Ratios,
    *,
    width: float = 9.6,
    height: float = 3.6,
    left: float = 0.075,
    right: float = 0.985,
    bottom: float = 0.16,
    top: float = 0.9,
    wspace: float = 0.2,
    **options: Any,
) -> tuple[Figure, list[Axes]]:
    """A figure with axes side by side, as wide as `ratios` say.

    width, height: inches; left, right, bottom, top: of the axes, as shares of the figure; options: as for plt.subplots.
    """
    grid = {"left": left, "right": right, "bottom": bottom, "top": top, "wspace": wspace, "width_ratios": ratios}
    fig, axes = plt.subplots(1, len(ratios), figsize=(width, height), squeeze=False, gridspec_kw=grid, **options)
    return fig, list(axes[0])


def legend_below(ax: Axes, columns: int, distance: float) -> None:
    """A legend under the axes, where it covers nothing; distance: from the axes, as a share of their height."""
    ax.legend(
        loc="upper center", bbox_to_anchor=(0.5, -distance), ncols=columns, fontsize=9, borderaxespad=0,
        handlelength=1.6, labelspacing=0.3, columnspacing=1.4,
    )  # fmt: skip
