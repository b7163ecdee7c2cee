"""Numbers that describe what a figure draws, so that two runs can be compared without comparing pixels.

Each drawn array becomes a few numbers: how many, how many of them are not finite, and of the others the least,
the greatest, the mean, and a mean weighted by position, which moves when values change places.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from gru_book.params import Array

DIGITS = 10
"""Significant digits kept: far below any tolerance that a comparison uses, and short to store."""

Summary = dict[str, Any]


def figure_data(fig: Figure) -> list[Summary]:
    """One entry an axes of the figure, JSON-ready: its words and the summaries of all that it draws."""
    return [_axes_data(ax) for ax in fig.axes]


def summary(values: object) -> Summary:
    """What an array of real numbers, of any shape, holds: {"n", "not_finite", "values": [four numbers]}.

    The four share a scale, so that a comparison can judge a mean near zero by the size of the values.
    """
    flat = _floats(values).ravel()
    finite = flat[np.isfinite(flat)]
    counts: Summary = {"n": int(flat.size), "not_finite": int(flat.size - finite.size)}
    if not finite.size:
        return counts
    weights = np.linspace(1.0, 2.0, finite.size)
    numbers = (finite.min(), finite.max(), finite.mean(), np.average(finite, weights=weights))
    return {**counts, "values": [_short(number) for number in numbers]}


def _short(number: float) -> float | int:
    """The number to a few digits; a whole one as an integer, as JupyterLab writes it when it saves."""
    short = float(f"{number:.{DIGITS}g}")
    return int(short) if short.is_integer() else short


def _floats(values: object) -> Array:
    """The values as floats; a masked one is not a number."""
    masked: Any = np.ma.asarray(values, dtype=float)
    return np.asarray(masked.filled(np.nan))


def _axes_data(ax: Axes) -> Summary:
    words = [ax.get_title(), ax.get_xlabel(), ax.get_ylabel(), *(text.get_text() for text in ax.texts)]
    drawn: list[Summary] = []
    drawn += [_line(line) for line in ax.lines]
    drawn += [_patch(patch) for patch in ax.patches]
    drawn += [_collection(collection) for collection in ax.collections]
    drawn += [_colours("image", image) for image in ax.images]
    return {"words": [word for word in words if word], "drawn": drawn}


def _label(label: object) -> str:
    """A label that the author gave; Matplotlib's own start with an underscore."""
    return "" if str(label).startswith("_") else str(label)


def _line(line: Line2D) -> Summary:
    x, y = line.get_data(orig=False)
    return {"kind": "line", "label": _label(line.get_label()), "x": summary(x), "y": summary(y)}


def _patch(patch: Patch) -> Summary:
    vertices = patch.get_patch_transform().transform(patch.get_path().vertices)
    return {"kind": "patch", "label": _label(patch.get_label()), **_points(np.asarray(vertices))}


def _collection(collection: Collection) -> Summary:
    offsets = _floats(collection.get_offsets()).reshape(-1, 2)
    vertices = [np.asarray(path.vertices, dtype=float).reshape(-1, 2) for path in collection.get_paths()]
    points = np.concatenate([offsets, *vertices])
    return {**_colours("collection", collection), "label": _label(collection.get_label()), **_points(points)}


def _points(points: Array) -> Summary:
    return {"x": summary(points[:, 0]), "y": summary(points[:, 1])}


def _colours(kind: str, artist: ScalarMappable) -> Summary:
    values = artist.get_array()
    return {"kind": kind} if values is None else {"kind": kind, "values": summary(values)}
