"""The plane of two units: which way each state moves, where it stays, and some ways through it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gru_book.params import Array
from gru_book.plotting.panels import fixed_panels, legend_below
from gru_book.plotting.style import CANDIDATE, INK, MUTED, RESET, STATE, in_style


class FixedPoints(NamedTuple):
    """States that a step leaves where they are: points (K, 2), and for each whether states near it come to it."""

    points: Array
    stable: Array


@in_style
def plot_phase_portrait(h: Array, moves: Array, fixed: FixedPoints, paths: Array, followed: int) -> Figure:
    """Left, the plane of states with arrows, paths and fixed points; right, the two units of one path over time.

    h, moves: (N, 2), states and how far one step moves them; paths: (T + 1, P, 2), starts first; followed: the path
    of the right panel.
    """
    fig, (plane, time) = fixed_panels([1, 1.35], height=4.9, bottom=0.24, top=0.93, wspace=0.16, left=0.07)
    _arrows(plane, h, moves)
    for p, path in enumerate(np.moveaxis(paths, 1, 0)):
        strong: dict[str, Any] = {"color": INK, "lw": 1.8}
        look = strong if p == followed else {"color": STATE, "lw": 1.1, "alpha": 0.65}
        plane.plot(*path.T, **look)
        plane.plot(*path[0], "o", ms=4, color=look["color"])
    for stable, face, name in ((True, RESET, "stable fixed point"), (False, "white", "unstable fixed point")):
        points = fixed.points[fixed.stable == stable]
        plane.plot(points[:, 0], points[:, 1], "o", ms=9, mec=RESET, mew=2.2, mfc=face, zorder=5, label=name)
    plane.set(xlim=(-1.04, 1.04), ylim=(-1.04, 1.04), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    plane.set(title="Where states go", xlabel="$h_1$", ylabel="$h_2$", aspect="equal")
    plane.grid(False)
    legend_below(plane, 2, 0.17)

    for unit, colour in enumerate((STATE, CANDIDATE)):
        time.plot(paths[:, followed, unit], color=colour, lw=2, label=f"$h_{unit + 1}$")
    time.set(title="The black path over time", xlabel="step t", ylim=(-1.04, 1.04), xlim=(0, len(paths) - 1))
    legend_below(time, 2, 0.17)
    return fig


def _arrows(ax: Axes, h: Array, moves: Array) -> None:
    """Arrows of one length, the darker the further a step goes; none where nothing moves."""
    sizes = np.linalg.norm(moves, axis=1)
    moving = sizes > 1e-9
    if not moving.any():
        return
    units = moves[moving] / sizes[moving, None]
    strength = np.sqrt(sizes[moving] / max(float(sizes.max()), 1e-9))
    look: dict[str, Any] = {"angles": "xy", "pivot": "mid", "scale_units": "xy", "scale": 9.5, "width": 0.0055}
    arrows = ax.quiver(*h[moving].T, *units.T, color=MUTED, **look)
    arrows.set_alpha(0.25 + 0.75 * strength)
