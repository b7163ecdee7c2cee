"""One unit with its gates held: turn the gates, and see where the new state comes from (chapter 04)."""

from __future__ import annotations

import numpy as np

from gru_book.numpy_backend import gru, gru_backward, gru_forward
from gru_book.plotting.one_unit import UnitStep, plot_one_unit
from gru_book.plotting.widgets.controls import Slider
from gru_book.plotting.widgets.explorer import Drawing, Explorer
from gru_book.plotting.widgets.held import held_gates

STEPS = 25
"""How often the step is repeated in the right panel."""

OLD = np.linspace(-1, 1, 101)


def gate_explorer(r: float = 1.0, z: float = 0.3, h_prev: float = 0.6, x_t: float = -0.8, u: float = 1.5) -> Explorer:
    """Controls for r, z, the old state, the input and the candidate's weight u on the old state.

    The arguments are the setting at which it starts. The unit is n = tanh(u r h_prev + x_t),
    h_t = (1 - z) h_prev + z n.

    Raises ArgumentError: a setting that its slider does not have.
    """
    return Explorer(
        [
            Slider("r", "reset gate r", 0, 1, 0.05, r),
            Slider("z", "update gate z", 0, 1, 0.05, z),
            Slider("h_prev", "old state", -1, 1, 0.05, h_prev),
            Slider("x_t", "input", -1, 1, 0.05, x_t),
            Slider("u", "weight u on the old state", -2, 2, 0.1, u),
        ],
        _draw,
    )


def _draw(r: float, z: float, h_prev: float, x_t: float, u: float) -> Drawing:
    params = held_gates(r, z, np.array([[u]]), np.ones((1, 1)))
    start = np.array([[h_prev]])
    _, h_n, cache = gru_forward(params, np.full((1, 1, 1), x_t), start)
    influence = gru_backward(cache, d_h_n=np.ones((1, 1))).d_h_0.item()
    step = UnitStep(r, z, x_t, h_prev, cache.steps.n.item(), h_n.item())

    _, new = gru(params, np.full((1, OLD.size, 1), x_t), OLD[:, None])
    states = np.concatenate([[h_prev], gru(params, np.full((STEPS, 1, 1), x_t), start)[0][:, 0, 0]])
    alt = (
        f"One unit with its gates held at r = {r:.2f} and z = {z:.2f}, in three panels. Left, the old state "
        f"{h_prev:.2f} and the candidate {step.n:.2f} lead to the new state {step.h_t:.2f} on roads as wide as the "
        f"gates let through. Middle, the new state over every old state, a curve from {new[0, 0]:.2f} to "
        f"{new[-1, 0]:.2f}. Right, the same step repeated {STEPS} times, which ends at {states[-1]:.2f}."
    )
    reading = (
        f"n = {step.n:.2f}, new state {step.h_t:.2f}. A small change of the old state reaches the new one "
        f"{influence:.2f} times as large. After {STEPS} such steps: {states[-1]:.2f}."
    )
    return Drawing(plot_one_unit(step, OLD, new[:, 0], states), alt, reading)
