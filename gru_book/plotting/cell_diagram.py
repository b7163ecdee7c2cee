"""The GRU cell, drawn: how the old state and the input become the new state.

    python -m gru_book.plotting.cell_diagram FOLDER     writes gru_cell.svg and gru_cell.png into FOLDER

Each part carries a name (its gid), so that a test can ask whether it is there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from copy import copy
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

from gru_book.errors import ArgumentError
from gru_book.params import describe
from gru_book.plotting.show import CARD
from gru_book.plotting.style import CANDIDATE, INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style

Point = tuple[float, float]

# Heights of the horizontal wires.
TOP, MIDDLE, STATE_BUS, INPUT_BUS = 7.0, 4.75, 1.95, 1.15
# Where the vertical parts stand.
SPLIT, R_GATE, PRODUCT, CELL, Z_GATE, TRACK = 2.3, 4.0, 6.0, 9.0, 11.7, 14.5
GATE_Y = 3.3

EQUATIONS = (
    ("1", RESET, r"$r_t = \sigma(W_r\,[h_{t{-}1},\, x_t] + b_r)$"),
    ("2", UPDATE, r"$z_t = \sigma(W_z\,[h_{t{-}1},\, x_t] + b_z)$"),
    ("3", CANDIDATE, r"$n_t = \tanh(W\,[r_t \odot h_{t{-}1},\, x_t] + b)$"),
    ("4", STATE, r"$h_t = (1 - z_t) \odot h_{t{-}1} + z_t \odot n_t$"),
)


@in_style
def cell_diagram(z: float = 0.35) -> Figure:
    """The cell with the slider of the update gate at z: 0 is the old state, 1 the candidate."""
    if not isinstance(z, (int, float)) or not 0 <= z <= 1:
        raise ArgumentError("z", "a number from 0 to 1", describe(z))
    fig = plt.figure(figsize=(10.4, 6.1))
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(-0.1, 18.1), ylim=(-1.75, 8.6), aspect="equal")
    ax.axis("off")
    _wires(ax)
    _gates(ax)
    _slider(ax, z)
    _ends(ax, z)
    _equations(ax)
    return fig


def _wires(ax: Axes) -> None:
    """The state's wire above, the two buses below, and what branches off them."""
    _wire(ax, "wire.h_prev", STATE, [(1.4, TOP), (TRACK, TOP)], width=3.2, arrow=False)
    _wire(ax, "wire.h_prev.down", STATE, [(SPLIT, TOP), (SPLIT, STATE_BUS), (Z_GATE - 0.35, STATE_BUS)], arrow=False)
    _wire(ax, "wire.x", INPUT, [(1.4, INPUT_BUS), (Z_GATE + 0.35, INPUT_BUS)], arrow=False)
    for name, x in (("r", R_GATE), ("z", Z_GATE)):
        _wire(ax, f"wire.h_prev.to_{name}", STATE, [(x - 0.35, STATE_BUS), (x - 0.35, GATE_Y - 0.55)])
        _wire(ax, f"wire.x.to_{name}", INPUT, [(x + 0.35, INPUT_BUS), (x + 0.35, GATE_Y - 0.55)], over=CARD)
    _wire(ax, "wire.x.to_n", INPUT, [(CELL, INPUT_BUS), (CELL, MIDDLE - 0.62)], over=CARD)
    _wire(ax, "wire.h_prev.to_product", STATE, [(PRODUCT, TOP), (PRODUCT, MIDDLE + 0.36)])
    _wire(ax, "wire.r", RESET, [(R_GATE + 0.75, GATE_Y), (PRODUCT, GATE_Y), (PRODUCT, MIDDLE - 0.36)])
    _wire(ax, "wire.r_times_h", STATE, [(PRODUCT + 0.36, MIDDLE), (CELL - 0.95, MIDDLE)])
    _wire(ax, "wire.n", CANDIDATE, [(CELL + 0.95, MIDDLE), (TRACK, MIDDLE)], width=3.2, arrow=False)
    joints = [(SPLIT, TOP, STATE), (PRODUCT, TOP, STATE), (R_GATE - 0.35, STATE_BUS, STATE)]
    joints += [(R_GATE + 0.35, INPUT_BUS, INPUT), (CELL, INPUT_BUS, INPUT)]
    for x, y, colour in joints:
        ax.add_patch(Circle((x, y), 0.1, color=colour, zorder=4))
    _label(ax, "label.r", (PRODUCT - 0.5, GATE_Y + 0.38), r"$r_t$", RESET)
    _label(
        ax, "label.r_times_h", ((PRODUCT + CELL) / 2 - 0.35, MIDDLE + 0.38), r"$r_t \odot h_{t{-}1}$", STATE, size=14
    )
    _label(ax, "label.n", (CELL + 1.3, MIDDLE + 0.36), r"$n_t$", CANDIDATE)


def _gates(ax: Axes) -> None:
    """The two sigmoids, the product and the candidate."""
    _box(ax, "gate.r", (R_GATE, GATE_Y), (1.5, 1.1), RESET, r"$\sigma$", "1")
    _note(ax, (R_GATE + 0.12, GATE_Y + 0.86), "reset gate", RESET)
    _box(ax, "gate.z", (Z_GATE, GATE_Y), (1.5, 1.1), UPDATE, r"$\sigma$", "2")
    _note(ax, (Z_GATE + 0.22, GATE_Y + 0.86), "update gate", UPDATE)
    _box(ax, "candidate", (CELL, MIDDLE), (1.9, 1.24), CANDIDATE, r"$\tanh$", "3")
    _note(ax, (CELL + 0.12, MIDDLE + 0.92), "candidate", CANDIDATE)
    ax.add_patch(Circle((PRODUCT, MIDDLE), 0.36, facecolor="white", edgecolor=RESET, lw=2, zorder=5, gid="product.r"))
    ax.add_patch(Circle((PRODUCT, MIDDLE), 0.09, color=RESET, zorder=6, gid="product.dot"))  # together the sign ⊙


def _slider(ax: Axes, z: float) -> None:
    """The blend: a slider between the old state (top) and the candidate (bottom); z sets its knob."""
    knob = TOP + z * (MIDDLE - TOP)
    box = FancyBboxPatch(
        (TRACK - 1.3, MIDDLE - 0.75), 2.6, TOP - MIDDLE + 1.5, boxstyle="round,pad=0,rounding_size=0.3"
    )
    box.set(facecolor="white", edgecolor="none", zorder=0.5, gid="blend")
    ax.add_patch(box)
    edge = copy(box)  # above the rim of the wire that enters, so that the rim does not cut it
    edge.set(facecolor="none", edgecolor=MUTED, lw=1.2, zorder=2.15, gid="blend.edge")
    ax.add_patch(edge)
    _badge(ax, (TRACK - 1.3, TOP + 0.75), "4", STATE)
    _note(ax, (TRACK, TOP + 1.06), "blend", STATE)
    ax.plot([TRACK, TRACK], [MIDDLE, knob], color=CANDIDATE, lw=7, alpha=0.28, zorder=2, solid_capstyle="butt")
    ax.plot([TRACK, TRACK], [knob, TOP], color=STATE, lw=7, alpha=0.28, zorder=2, solid_capstyle="butt")
    for y, colour, text in ((TOP, STATE, r"$z_t = 0$"), (MIDDLE, CANDIDATE, r"$z_t = 1$")):
        ax.add_patch(Circle((TRACK, y), 0.13, color=colour, zorder=4))
        _label(ax, f"label.end_{text[-2]}", (TRACK + 0.28, y), text, colour, size=12.5, ha="left")
    x = TRACK - 0.75
    _wire(ax, "wire.z", UPDATE, [(Z_GATE + 0.75, GATE_Y), (x, GATE_Y), (x, knob), (TRACK - 0.3, knob)], over="white")
    _label(ax, "label.z", (Z_GATE + 1.25, GATE_Y + 0.38), r"$z_t$", UPDATE)
    _wire(ax, "wire.h_t", STATE, [(TRACK + 0.1, knob), (TRACK + 2.05, knob)], width=3.2)
    ax.add_patch(Circle((TRACK, knob), 0.24, facecolor="white", edgecolor=UPDATE, lw=2.6, zorder=6, gid="knob.z"))


def _ends(ax: Axes, z: float) -> None:
    """What goes in on the left, what comes out on the right."""
    knob = TOP + z * (MIDDLE - TOP)
    for name, point, colour, text, note in (
        ("h_prev", (0.85, TOP), STATE, r"$h_{t{-}1}$", "old state"),
        ("x_t", (0.85, INPUT_BUS), INPUT, r"$x_t$", "input"),
        ("h_t", (TRACK + 2.6, knob), STATE, r"$h_t$", "new state"),
    ):
        ax.add_patch(Circle(point, 0.56, facecolor=colour, edgecolor="none", zorder=5, gid=name))
        _label(ax, f"label.{name}", point, text, "white", size=15)
        _note(ax, (point[0], point[1] + 0.88), note, colour)


def _equations(ax: Axes) -> None:
    """The four equations, numbered in the order of computation as the parts are."""
    ax.plot([0.4, 17.5], [0.12, 0.12], color="#dcdcd6", lw=1)
    for i, (number, colour, text) in enumerate(EQUATIONS):
        x, y = (1.0 + 8.3 * (i % 2), -0.45 - 0.85 * (i // 2))
        _badge(ax, (x, y), number, colour)
        _label(ax, f"equation.{number}", (x + 0.5, y), text, INK, size=14.5, ha="left")


def _wire(
    ax: Axes,
    name: str,
    colour: str,
    points: Sequence[Point],
    *,
    width: float = 2.2,
    arrow: bool = True,
    over: str | None = None,
) -> None:
    """A bent line. `over`: the ground's colour, for a rim that lets it pass over the lines that it crosses."""
    xs, ys = zip(*points, strict=True)
    height = 2.0
    if over:
        # The rim starts and ends short of the line's ends, so that it does not cut what the line joins.
        height = 2.2
        for start, end in pairwise(points):
            rim = [[a + f * (b - a) for f in (0.12, 0.88)] for a, b in zip(start, end, strict=True)]
            ax.plot(*rim, color=over, lw=width + 5, zorder=2.1, solid_capstyle="butt")
    ax.plot(xs, ys, color=colour, lw=width, zorder=height, solid_joinstyle="round", gid=name)
    if arrow:
        head: dict[str, Any] = {"arrowstyle": "-|>,head_width=0.3,head_length=0.55", "color": colour, "lw": width}
        ax.annotate("", xy=points[-1], xytext=points[-2], arrowprops={**head, "shrinkA": 0, "shrinkB": 0}, zorder=3)


def _box(ax: Axes, name: str, centre: Point, size: Point, colour: str, text: str, number: str) -> None:
    (x, y), (width, height) = centre, size
    box = FancyBboxPatch((x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.22")
    box.set(facecolor=colour, edgecolor="none", zorder=5, gid=name)
    ax.add_patch(box)
    _label(ax, f"label.{name}", centre, text, "white", size=17)
    _badge(ax, (x - width / 2, y + height / 2), number, colour)


def _badge(ax: Axes, centre: Point, number: str, colour: str) -> None:
    ax.add_patch(Circle(centre, 0.25, facecolor=CARD, edgecolor=colour, lw=1.6, zorder=6))
    ax.text(*centre, number, color=colour, size=10, weight="bold", ha="center", va="center_baseline", zorder=7)


def _label(ax: Axes, name: str, point: Point, text: str, colour: str, *, size: float = 15, ha: str = "center") -> None:
    ax.text(*point, text, color=colour, size=size, ha=ha, va="center", zorder=7, gid=name)


def _note(ax: Axes, point: Point, text: str, colour: str, *, ha: str = "center") -> None:
    ax.text(*point, text, color=colour, size=10.5, ha=ha, va="center", zorder=7)


def write(folder: Path) -> list[Path]:
    """Write gru_cell.svg and gru_cell.png into `folder`; the same bytes each time on one machine."""
    fig = cell_diagram()
    paths = [folder / f"gru_cell.{kind}" for kind in ("svg", "png")]
    with plt.rc_context({"svg.hashsalt": "gru_cell", "svg.fonttype": "path"}):
        for path in paths:
            metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
            fig.savefig(path, facecolor=CARD, dpi=160, metadata=metadata)
    plt.close(fig)
    return paths


def main(arguments: Sequence[str]) -> int:
    """`python -m gru_book.plotting.cell_diagram FOLDER`; exit 2 with one line if FOLDER is no folder."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m gru_book.plotting.cell_diagram FOLDER, an existing folder", file=sys.stderr)
        return 2
    for path in write(Path(arguments[0])):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
