"""What truncated back-propagation leaves of a gradient, for a half-life and a window (chapter 07)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gru_book.params import Array
from gru_book.plotting.truncation import plot_truncation
from gru_book.plotting.widgets.controls import Choice, Slider
from gru_book.plotting.widgets.explorer import Drawing, Explorer
from gru_book.training.forecaster import Forecaster, init_forecaster, loss_and_grads

T = 64
MEASURED_AT = (1, 2, 4, 8, 16, 32, 64)
WAYS = {"windows": "windows of tau steps", "fair": "every loss looks back tau steps"}
NAMES = {"windows": "windows", "fair": "every loss looks back"}
SEEDS, BATCH, INPUTS, UNITS = 3, 4, 3, 8


def truncation_explorer(half_life: int = 8, tau: int = 8, way: str = "windows") -> Explorer:
    """Controls for the half-life of the gradient in steps, the window tau, and the way to cut.

    The arguments are the setting at which it starts. The lines take each step back to shrink a gradient by one factor,
    all in one direction; the crosses are measured on random GRUs whose gates have that half-life.

    Raises ArgumentError: a setting that its control does not have.
    """
    return Explorer(
        [
            Slider("half_life", "half-life in steps", 1, 32, 1, half_life),
            Slider("tau", "tau", 1, T, 1, tau),
            Choice("way", "where it is cut", WAYS, way),
        ],
        _draw,
    )


def _draw(half_life: float, tau: float, way: str) -> Drawing:
    weights = pair_weights(half_life)
    kept = kept_pairs(int(tau), way)
    lost = {NAMES[name]: lost_shares(half_life, name) for name in WAYS}
    share = lost[NAMES[way]][int(tau) - 1]
    pairs = kept[np.triu_indices(T)].mean()
    measured = np.array(MEASURED_AT), np.array(measured_errors(half_life))
    fig = plot_truncation(weights, kept, lost, NAMES[way], int(tau), measured)
    alt = (
        f"Left, a triangle of all pairs of a step t and a later loss s over {T} steps, the darker the more the loss "
        f"tells the step; with tau = {tau:.0f} and {WAYS[way]} the pairs near the diagonal are kept and the others "
        f"lost. Right, the share of the gradient that is lost, against tau: for a half-life of {half_life:.0f} "
        f"steps it falls from {lost[NAMES[way]][0]:.2f} at tau = 1 to {share:.2f} at tau = {tau:.0f} and 0 at {T}."
    )
    reading = (
        f"tau = {tau:.0f} is {tau / half_life:.2g} times the half-life: {pairs:.0%} of the pairs are kept, "
        f"and {share:.0%} of the gradient is lost."
    )
    return Drawing(fig, alt, reading)


def pair_weights(half_life: float) -> Array:
    """(T, T): 2^(-(s - t) / half_life) in row t and column s >= t, else 0."""
    t = np.arange(T)
    lag = t - t[:, None]
    return np.where(lag >= 0, 0.5 ** (np.abs(lag) / half_life), 0.0)


def kept_pairs(tau: int, way: str) -> Array:
    """(T, T), True for the pairs t <= s that are kept: of one window, or less than tau steps apart."""
    t = np.arange(T)
    lag = t - t[:, None]
    near = t // tau == t[:, None] // tau if way == "windows" else lag < tau
    return (lag >= 0) & near


@lru_cache(maxsize=64)
def _all_shares(half_life: float, way: str) -> tuple[float, ...]:
    weights = pair_weights(half_life)
    return tuple(weights[~kept_pairs(tau, way)].sum() / weights.sum() for tau in range(1, T + 1))


def lost_shares(half_life: float, way: str) -> Array:
    """(T,): the share of the summed weights that a cut with tau = 1 .. T loses."""
    return np.array(_all_shares(half_life, way))


@lru_cache(maxsize=64)
def measured_errors(half_life: float) -> tuple[float, ...]:
    """The relative error of the gradient in windows of `MEASURED_AT` steps: the mean over random GRUs."""
    return tuple(np.mean([_errors_of_one(half_life, seed) for seed in range(SEEDS)], axis=0))


def _errors_of_one(half_life: float, seed: int) -> list[float]:
    """A random GRU whose update gates have this half-life, asked for the running sum of its first input."""
    rng = np.random.default_rng(seed)
    model = init_forecaster(rng, INPUTS, UNITS)
    biases = model.gru.bias_ih
    assert biases is not None
    # 1 - sigmoid(b_z) = 2^(-1 / half_life)
    b_z = np.log(np.expm1(np.log(2) / half_life))
    biases = np.concatenate([biases[:UNITS], np.full(UNITS, b_z), biases[2 * UNITS :]])
    model = Forecaster(model.gru.replace(bias_ih=biases), model.head)
    x = rng.standard_normal((T, BATCH, INPUTS))
    y = np.cumsum(x[..., :1], axis=0) / np.sqrt(T)
    full = _flat(loss_and_grads(model, x, y)[1])
    cut = [_flat(loss_and_grads(model, x, y, tau=tau)[1]) for tau in MEASURED_AT]
    return [float(np.linalg.norm(g - full) / np.linalg.norm(full)) for g in cut]


def _flat(grads: Forecaster) -> Array:
    return np.concatenate([array.ravel() for _, array in grads.gru.arrays()])
