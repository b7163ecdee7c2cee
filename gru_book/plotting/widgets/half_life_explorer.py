"""How far a gradient reaches in a GRU, for a bias of its update gate (chapter 09)."""

from __future__ import annotations

import numpy as np

from gru_book.numpy_backend.activations import sigmoid, softplus
from gru_book.numpy_backend.cell import Step, step_backward
from gru_book.numpy_backend.layer import gru_forward
from gru_book.params import Array, GRUParams, init_params
from gru_book.plotting.way_back import plot_half_life_and_decay
from gru_book.plotting.widgets.controls import Slider
from gru_book.plotting.widgets.explorer import Drawing, Explorer

UNITS, INPUTS, BATCH, RUNS = 16, 4, 4, 5
LOW, HIGH = -5.0, 1.0
LINE = np.linspace(LOW - 0.2, HIGH + 0.2, 65)


def half_life_explorer(b_z: float = -2.0, scale: float = 1.0) -> Explorer:
    """Controls for the bias of the update gate and for the size of the recurrent weights.

    The arguments are the setting at which it starts; scale multiplies the recurrent weights of the usual random start.

    Raises ArgumentError: a setting that its slider does not have.
    """
    return Explorer(
        [
            Slider("b_z", "bias of the update gate", LOW, HIGH, 0.25, b_z),
            Slider("scale", "recurrent weights, times", 0, 4, 0.25, scale),
        ],
        _draw,
    )


def predicted_half_life(b_z: Array | float) -> Array:
    """ln 2 / ln(1 + e^b_z), the steps until (1 - sigmoid(b_z))^k is one half (chapter 09)."""
    return np.asarray(np.log(2) / softplus(np.asarray(b_z)))


def _draw(b_z: float, scale: float) -> Drawing:
    expected = float(predicted_half_life(b_z))
    seq_len = int(10 + 2.5 * expected)
    sizes = np.array([_sizes_back(b_z, scale, seq_len, seed) for seed in range(RUNS)])
    measured = np.array([measured_half_life(run) for run in sizes])
    predicted = (1 - sigmoid(np.array(b_z))) ** np.arange(seq_len + 1)
    fig = plot_half_life_and_decay((LINE, predicted_half_life(LINE)), (b_z, expected), measured, sizes, predicted)

    found = measured[np.isfinite(measured)]
    said = f"measured {found.min():.1f} to {found.max():.1f}" if found.size else "never measured"
    if 0 < found.size < RUNS:
        said += f" in {found.size} of {RUNS} runs"
    late = "" if found.size == RUNS else f", not reached within {seq_len} steps in the other runs"
    if not found.size:
        said, late = f"not reached within {seq_len} steps in any of {RUNS} runs", ""
    z = float(sigmoid(np.array(b_z)))
    reading = f"z = {z:.3f}: half-life {expected:.1f} steps predicted, {said}{late}."
    alt = (
        "Left, the half-life of a gradient, on a logarithmic axis, falls as the bias of the update gate rises from "
        f"{LOW:.0f} to {HIGH:.0f}; at {b_z:.2f} it is {expected:.1f} steps. Right, the size of a gradient up to "
        f"{seq_len} steps back in {RUNS} GRUs whose recurrent weights are {scale:.2f} times the usual ones, beside "
        f"the power of 1 - z: {said}{late}."
    )
    return Drawing(fig, alt, reading)


def measured_half_life(sizes: Array) -> float:
    """Where the curve first falls below one half, between the logarithms of two steps; NaN if it does not."""
    below = np.flatnonzero(sizes < 0.5)
    if not below.size:
        return float("nan")
    k = int(below[0])
    before, after = np.log(np.maximum(sizes[k - 1 : k + 1], 1e-300))
    return float(k - 1 + (before - np.log(0.5)) / (before - after))


def _sizes_back(b_z: float, scale: float, seq_len: int, seed: int) -> Array:
    """|dL/dh_(T-k)| for k = 0 .. T, relative to k = 0, for a random gradient in the last state of a random GRU."""
    rng = np.random.default_rng(seed)
    params = _with_b_z(init_params(rng, INPUTS, UNITS), b_z, scale)
    _, _, cache = gru_forward(params, rng.standard_normal((seq_len, BATCH, INPUTS)))
    d_h = rng.standard_normal((BATCH, UNITS))
    sizes = [float(np.linalg.norm(d_h))]
    for t in reversed(range(seq_len)):
        _, _, d_h = step_backward(params, cache.h_prev[t], Step(*(kept[t] for kept in cache.steps)), d_h)
        sizes.append(float(np.linalg.norm(d_h)))
    return np.array(sizes) / sizes[0]


def _with_b_z(params: GRUParams, b_z: float, scale: float) -> GRUParams:
    biases = params.bias_ih
    assert biases is not None  # init_params draws them
    H = params.hidden_size
    biases = np.concatenate([biases[:H], np.full(H, b_z), biases[2 * H :]])
    return params.replace(bias_ih=biases, weight_hh=scale * params.weight_hh)
