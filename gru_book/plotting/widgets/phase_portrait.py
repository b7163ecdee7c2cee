"""Two units without input: where every state goes, and where it stays (chapter 05)."""

from __future__ import annotations

import numpy as np

from gru_book.numpy_backend import gru, gru_backward, gru_cell, gru_forward
from gru_book.params import Array, GRUParams
from gru_book.plotting.phase import FixedPoints, plot_phase_portrait
from gru_book.plotting.widgets.controls import Slider
from gru_book.plotting.widgets.explorer import Drawing, Explorer
from gru_book.plotting.widgets.held import held_gates

STEPS = 80
STARTS = np.array([(0.9, 0.55), (-0.95, 0.3), (0.3, -0.95), (-0.5, -0.9), (-0.2, 0.95), (0.08, -0.15)])
FOLLOWED = 5
"""The start whose path is drawn over time: near the origin, so that it shows whether states leave it."""

GRID = np.stack(np.meshgrid(*[np.linspace(-0.93, 0.93, 15)] * 2), axis=-1).reshape(-1, 2)

NEWTON_STEPS, RESIDUAL, SAME = 60, 1e-9, 0.02
"""How fixed points are searched for, what counts as one, and how near each other two count as the same."""


def phase_portrait(r: float = 1.0, z: float = 0.3, own: float = 2.0, turn: float = 0.0) -> Explorer:
    """Controls for r, z, and the candidate's weights: `own` of a unit on itself, `turn` on the other.

    The arguments are the setting at which it starts. The candidate is n = tanh(U (r h)) with
    U = [[own, -turn], [turn, own]], no input and no bias; the gates are held.

    Raises ArgumentError: a setting that its slider does not have.
    """
    return Explorer(
        [
            Slider("r", "reset gate r", 0, 1, 0.05, r),
            Slider("z", "update gate z", 0, 1, 0.05, z),
            Slider("own", "weight on itself", -3, 3, 0.1, own),
            Slider("turn", "weight on the other", -3, 3, 0.1, turn),
        ],
        _draw,
    )


def _draw(r: float, z: float, own: float, turn: float) -> Drawing:
    params = held_gates(r, z, np.array([[own, -turn], [turn, own]]), np.zeros((2, 1)))
    moves = gru_cell(params, np.zeros((len(GRID), 1)), GRID) - GRID
    fixed = fixed_points(params)
    output, _ = gru(params, np.zeros((STEPS, len(STARTS), 1)), STARTS)
    paths = np.concatenate([STARTS[None], output])
    stable, unstable = int(fixed.stable.sum()), int((~fixed.stable).sum())
    end = paths[-1, FOLLOWED]
    settled = np.abs(paths[-1, FOLLOWED] - paths[-2, FOLLOWED]).max() < 1e-3
    where = (
        f"after {STEPS} steps it is at ({end[0]:.2f}, {end[1]:.2f})"
        if settled
        else f"it has not come to rest after {STEPS} steps"
    )
    found = (
        "every state is a fixed point"
        if z == 0
        else f"{stable} stable and {unstable} unstable fixed point{'s' * (unstable != 1)}"
    )
    alt = (
        f"The plane of two units with their gates held at r = {r:.2f} and z = {z:.2f}, with arrows for where one step "
        f"moves each state: {found}. Six paths of {STEPS} steps are drawn in. The one that starts near the origin "
        f"is drawn over time on the right; {where}."
    )
    reading = f"{found[0].upper()}{found[1:]}. Of the path that starts near the origin: {where}."
    return Drawing(plot_phase_portrait(GRID, moves, fixed, paths, FOLLOWED), alt, reading)


def fixed_points(params: GRUParams) -> FixedPoints:
    """The states of two units that a step without input leaves where they are; none if z = 0 leaves every state.

    A step leaves h where it is if n(h) = h, whatever z is. Newton's method looks for such states from every point of a
    grid; whether one is stable is read off the eigenvalues of dh_t/dh_{t-1} there.
    """
    h = GRID
    if np.array_equal(_step(params, h)[0], h):
        return FixedPoints(np.empty((0, 2)), np.empty(0, dtype=bool))
    for _ in range(NEWTON_STEPS):
        h_t, J = _step(params, h)
        h = h - (np.linalg.pinv(J - np.eye(2)) @ (h_t - h)[..., None])[..., 0]
        h = np.clip(h, -1, 1)
    h_t, J = _step(params, h)
    residual = np.abs(h_t - h).max(axis=1)
    kept: list[int] = []
    for k in np.argsort(residual):
        if residual[k] < RESIDUAL and all(np.abs(h[k] - h[other]).max() > SAME for other in kept):
            kept.append(int(k))
    kept.sort(key=lambda k: (round(float(h[k, 0]), 3), round(float(h[k, 1]), 3)))
    # At exactly 1 the bend of the tanh decides, and it pulls back.
    return FixedPoints(h[kept], np.abs(np.linalg.eigvals(J[kept])).max(axis=1, initial=0) < 1 + 1e-9)


def _step(params: GRUParams, h: Array) -> tuple[Array, Array]:
    """One step without input, h: (N, 2) -> h_t (N, 2), and its Jacobians (N, 2, 2), row i of each for unit i."""
    _, h_t, cache = gru_forward(params, np.zeros((1, len(h), 1)), h)
    rows = [gru_backward(cache, d_h_n=np.tile(np.eye(2)[i], (len(h), 1))).d_h_0 for i in range(2)]
    return h_t, np.stack(rows, axis=1)
