"""A leaky integrator behind a signal with noise: what it remembers, and how smooth and how late it is (chapter 01)."""

from __future__ import annotations

from functools import cache

import numpy as np

from gru_book.numpy_backend.scan import scan_loop
from gru_book.params import Array
from gru_book.plotting.memory import plot_weights_and_track
from gru_book.plotting.widgets.controls import Choice, Slider
from gru_book.plotting.widgets.explorer import Drawing, Explorer

T, AGES = 160, 50
LOW, HIGH, STEP = 0.02, 1.0, 0.02
SIGNALS = {
    "jump": "a jump",
    "wave": "a wave of 40 steps",
    "wandering": "a level that wanders",
    "line": "a straight line",
}


def leaky_explorer(alpha: float = 0.1, noise: float = 0.5, signal: str = "jump") -> Explorer:
    """Controls for the share alpha, the standard deviation of the noise, and the signal under it.

    The arguments are the setting at which it starts. The state begins at the first input.

    Raises ArgumentError: a setting that its control does not have.
    """
    return Explorer(
        [
            Slider("alpha", "share of the new, alpha", LOW, HIGH, STEP, alpha),
            Slider("noise", "size of the noise", 0, 2, 0.25, noise),
            Choice("signal", "what comes in", SIGNALS, signal),
        ],
        _draw,
    )


def _draw(alpha: float, noise: float, signal: str) -> Drawing:
    hidden = signal_of(signal)
    read = hidden + noise * np.random.default_rng(1).standard_normal(T)
    life, age, left = half_life(alpha), (1 - alpha) / alpha, alpha / (2 - alpha)
    shares = np.round(np.arange(LOW, HIGH + STEP / 2, STEP), 2)
    errors = np.sqrt(((states_of(read, shares) - hidden[:, None]) ** 2).mean(axis=0))
    states = states_of(read, np.array([alpha]))[:, 0]
    error, best = float(np.sqrt(((states - hidden) ** 2).mean())), float(shares[errors.argmin()])

    weights = alpha * (1 - alpha) ** np.arange(AGES)
    fig = plot_weights_and_track(weights, life, hidden, read, states)
    alt = (
        f"Left, the weight of an input in the state over how many steps ago it came: from {weights[0]:.2f} it falls, "
        f"and half is left after {life:.1f} steps. Right, over {T} steps, {SIGNALS[signal]}, the noisy "
        f"numbers that are read, and the state, which is off by {error:.2f} on average."
    )
    reading = (
        f"Half-life {life:.1f} steps, mean age {age:.1f}; {left:.0%} of the noise's variance is left. "
        f"Error {error:.2f}; the least is {errors.min():.2f}, at alpha = {best:.2f}."
    )
    return Drawing(fig, alt, reading)


def half_life(alpha: float) -> float:
    """ln 2 / -ln(1 - alpha), in steps; 0 at alpha = 1, where nothing is kept."""
    return 0.0 if alpha == 1 else float(np.log(2) / -np.log1p(-alpha))


def states_of(read: Array, alphas: Array) -> Array:
    """The states of leaky integrators that begin at the first input. read: (T,); alphas: (K,) -> (T, K)."""
    keep = np.broadcast_to(1 - alphas, (read.size, alphas.size))
    return scan_loop(keep, (1 - keep) * read[:, None], np.full(alphas.size, read[0]))


@cache
def signal_of(name: str) -> Array:
    """(T,): what lies under the noise."""
    t = np.arange(T)
    return {
        "jump": np.where(t < T // 2, 0.0, 2.0),
        "wave": np.sin(2 * np.pi * t / 40),
        "wandering": np.cumsum(0.2 * np.random.default_rng(5).standard_normal(T)),
        "line": 0.025 * t,
    }[name]
