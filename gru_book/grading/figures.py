"""What a matplotlib figure shows, as plain data. The worker loads this file by its path: it imports no gru_book."""

from __future__ import annotations

from typing import Any

import numpy as np

FIGURE = "figure"
"""The only key of the dictionary that stands for a figure on the wire."""


def is_figure(value: Any) -> bool:
    """Whether `value` is a matplotlib Figure; without importing matplotlib."""
    return any(kind.__module__ == "matplotlib.figure" and kind.__name__ == "Figure" for kind in type(value).__mro__)


def extract(figure: Any) -> dict[str, Any]:
    """The lines, points and images of every pair of axes, with labels and scales."""
    return {FIGURE: [_axes(axes) for axes in figure.get_axes()]}


def _axes(axes: Any) -> dict[str, Any]:
    legend = axes.get_legend()
    return {
        "lines": [_line(line, line.get_xdata(orig=False), line.get_ydata(orig=False)) for line in axes.get_lines()],
        "points": [
            _line(cloud, np.asarray(cloud.get_offsets())[:, 0], np.asarray(cloud.get_offsets())[:, 1])
            for cloud in axes.collections
            if type(cloud).__name__ == "PathCollection"
        ],
        "images": [np.ma.filled(np.ma.asarray(image.get_array(), float), np.nan) for image in axes.get_images()],
        "title": axes.get_title(),
        "xlabel": axes.get_xlabel(),
        "ylabel": axes.get_ylabel(),
        "xscale": axes.get_xscale(),
        "yscale": axes.get_yscale(),
        "legend": [] if legend is None else [text.get_text() for text in legend.get_texts()],
    }


def _line(artist: Any, x: Any, y: Any) -> dict[str, Any]:
    label = str(artist.get_label())
    return {
        "x": np.ma.filled(np.ma.asarray(x, float), np.nan),
        "y": np.ma.filled(np.ma.asarray(y, float), np.nan),
        "label": "" if label.startswith("_") else label,
    }
