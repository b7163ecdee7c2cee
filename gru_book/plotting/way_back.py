"""The size of a gradient on its way back, beside what is to be expected of it: eigenvalues, or the bias of a gate."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.panels import fixed_panels, legend_below
from gru_book.plotting.style import INK, MUTED, RESET, STATE, in_style


@in_style
def plot_spectrum_and_decay(weights: Array, steps: Array, sizes: Array, rho: float) -> Figure:
    """Left, eigenvalues of the recurrent matrix and of a step's Jacobian; right, the gradient's size k steps back.

    weights, steps: complex eigenvalues; sizes: (runs, K + 1), relative to k = 0; rho: the spectral radius, whose powers
    are drawn beside them.
    """
    _check_sizes(sizes)
    fig, (plane, decay) = fixed_panels([1, 1.5], height=4.7, bottom=0.27, top=0.92, wspace=0.2)
    angle = np.linspace(0, 2 * np.pi, 200)
    plane.plot(np.cos(angle), np.sin(angle), color=INK, lw=1.2)
    plane.plot(weights.real, weights.imag, "o", color=MUTED, ms=5, mfc="none", label="of $U$")
    plane.plot(steps.real, steps.imag, "o", color=STATE, ms=5, label="of a step's Jacobian")
    plane.set(title="Eigenvalues", xlim=(-2.1, 2.1), ylim=(-2.1, 2.1), aspect="equal", xlabel="real part")
    plane.set(xticks=[-2, -1, 0, 1, 2], yticks=[-2, -1, 0, 1, 2])
    legend_below(plane, 2, 0.19)

    k = np.arange(sizes.shape[1])
    decay.plot(k, float(rho) ** k, "--", color=INK, lw=1.4, label="powers of the spectral radius")
    _runs(decay, sizes)
    decay.axhline(1, color=MUTED, lw=0.8)
    decay.set(title="Size of the gradient, k steps back", xlabel="k", yscale="log", xlim=(0, k[-1]))
    decay.set(ylim=(1e-10, 1e10), yticks=[1e-10, 1e-5, 1, 1e5, 1e10])
    decay.minorticks_off()
    legend_below(decay, 2, 0.19)
    return fig


@in_style
def plot_half_life_and_decay(
    line: tuple[Array, Array], here: tuple[float, float], measured: Array, sizes: Array, predicted: Array
) -> Figure:
    """Left, the half-life over the bias of the update gate; right, the gradient's size k steps back.

    Args:
        line: biases and predicted half-lives, each (M,); here: the bias and half-life of the right panel.
        measured: (runs,), the half-life of each run, NaN where half was not reached.
        sizes: (runs, K + 1) and predicted: (K + 1,), relative to k = 0.
    """
    _check_sizes(sizes)
    fig, (lives, decay) = fixed_panels([1, 1.35], height=4.3, bottom=0.28, top=0.92, wspace=0.2)
    lives.plot(*line, color=INK, lw=1.8, label="predicted")
    found = measured[np.isfinite(measured)]
    lives.plot(np.full(found.size, here[0]), found, "o", color=STATE, ms=6, alpha=0.7, label="measured")
    lives.plot(*here, "o", mec=RESET, mfc="none", ms=13, mew=2)
    lives.set(title="Half-life in steps", xlabel="bias of the update gate, $b_z$", yscale="log", ylim=(0.25, 400))
    lives.set(yticks=[1, 10, 100], yticklabels=["1", "10", "100"], xlim=(line[0][0], line[0][-1]))
    legend_below(lives, 2, 0.23)

    k = np.arange(sizes.shape[1])
    decay.plot(k, predicted, "--", color=INK, lw=1.6, label="$(1 - z)^k$")
    _runs(decay, sizes)
    decay.axhline(0.5, color=MUTED, lw=1.0, ls=":")
    decay.axvline(here[1], color=RESET, lw=1.2)
    decay.set(title="Size of the gradient, k steps back", xlabel="k", ylim=(0, 1.6), xlim=(0, k[-1]))
    legend_below(decay, 2, 0.23)
    return fig


def _runs(ax: Axes, sizes: Array) -> None:
    k = np.arange(sizes.shape[1])
    ax.plot(k, sizes.T, color=STATE, lw=1.0, alpha=0.45)
    ax.plot(k, np.median(sizes, axis=0), color=STATE, lw=2.4, label=f"measured, {len(sizes)} runs and their median")


def _check_sizes(sizes: Array) -> None:
    if sizes.ndim != 2:
        raise ArgumentError("sizes", "shape (runs, K + 1)", f"shape {sizes.shape}")
