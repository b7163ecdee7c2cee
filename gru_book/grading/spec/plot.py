"""A figure that is judged by its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gru_book.grading.figures import FIGURE, extract, is_figure
from gru_book.grading.outcome import MALFORMED
from gru_book.grading.spec.base import Args
from gru_book.grading.spec.function import FunctionQuestion

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Line:
    """A drawn line: x and y of equal length, and its label ("" if it has none)."""

    x: Array
    y: Array
    label: str


@dataclass(frozen=True, eq=False)
class PlotAxes:
    """One pair of axes; the scales are "linear", "log" or another of matplotlib's names."""

    lines: tuple[Line, ...]
    points: tuple[Line, ...]
    images: tuple[Array, ...]
    title: str
    xlabel: str
    ylabel: str
    xscale: str
    yscale: str
    legend: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Plot:
    """What a matplotlib figure shows, as data."""

    axes: tuple[PlotAxes, ...]

    def __repr__(self) -> str:
        if not self.axes:
            return "a figure without axes"
        return "\n".join(_describe(axes) for axes in self.axes)


def _describe(axes: PlotAxes) -> str:
    head = f"axes: x {axes.xscale} {axes.xlabel!r}, y {axes.yscale} {axes.ylabel!r}"
    lines = [f"  line {line.label!r}: {_span(line)}" for line in axes.lines]
    lines += [f"  points {cloud.label!r}: {_span(cloud)}" for cloud in axes.points]
    lines += [f"  image of shape {image.shape}" for image in axes.images]
    return "\n".join([head, *(lines or ["  nothing drawn"])])


def _span(line: Line) -> str:
    if line.x.size == 0:
        return "no points"
    return f"{line.x.size} points from ({line.x[0]:.4g}, {line.y[0]:.4g}) to ({line.x[-1]:.4g}, {line.y[-1]:.4g})"


@dataclass(frozen=True, eq=False, kw_only=True)
class PlotQuestion(FunctionQuestion):
    """A function that returns a matplotlib Figure. Its oracle returns one too; properties see both as Plot."""

    returns: tuple[str, ...] = ("figure",)
    time_limit: float = 10.0

    def expected(self, args: Args) -> Plot:
        return plot_from(extract(self.oracle(**args)))

    def received(self, value: Any) -> Any:
        if is_figure(value):
            value = extract(value)
        if isinstance(value, dict) and set(value) == {FIGURE}:
            try:
                return plot_from(value)
            except MALFORMED:
                return value
        return value


def plot_from(data: dict[str, Any]) -> Plot:
    """The Plot of what `figures.extract` gave. Raises one of MALFORMED if it is malformed."""
    return Plot(tuple(_axes(axes) for axes in data[FIGURE]))


def _axes(data: dict[str, Any]) -> PlotAxes:
    names = ("title", "xlabel", "ylabel", "xscale", "yscale")
    return PlotAxes(
        lines=tuple(_line(line) for line in data["lines"]),
        points=tuple(_line(line) for line in data["points"]),
        images=tuple(_real(image) for image in data["images"]),
        legend=tuple(str(text) for text in data["legend"]),
        **{name: str(data[name]) for name in names},
    )


def _line(data: dict[str, Any]) -> Line:
    x, y = (_real(data[name]).ravel() for name in ("x", "y"))
    if x.size != y.size:
        raise ValueError("a line whose x and y differ in length")
    return Line(x, y, str(data["label"]))


def _real(numbers: Any) -> Array:
    if np.iscomplexobj(numbers):
        raise ValueError("a figure shows real numbers")
    return np.asarray(numbers, float)


def same_plot(a: Plot, b: Plot, rtol: float, atol: float) -> bool:
    """Whether two figures show the same data on the same scales; words do not count."""

    def close(u: Array, v: Array) -> bool:
        return u.shape == v.shape and bool(np.allclose(u, v, rtol=rtol, atol=atol, equal_nan=True))

    def lines(u: tuple[Line, ...], v: tuple[Line, ...]) -> bool:
        return len(u) == len(v) and all(close(p.x, q.x) and close(p.y, q.y) for p, q in zip(u, v, strict=True))

    def axes(u: PlotAxes, v: PlotAxes) -> bool:
        images = len(u.images) == len(v.images) and all(map(close, u.images, v.images))
        scales = (u.xscale, u.yscale) == (v.xscale, v.yscale)
        return scales and images and lines(u.lines, v.lines) and lines(u.points, v.points)

    return len(a.axes) == len(b.axes) and all(map(axes, a.axes, b.axes))
