"""A gradient on its way back through a vanilla RNN, for a spectral radius of its recurrent matrix (chapter 03)."""

from __future__ import annotations

import numpy as np

from gru_book.numpy_backend.rnn import RNNParams, rnn_forward, rnn_step_backward
from gru_book.params import Array
from gru_book.plotting.way_back import plot_spectrum_and_decay
from gru_book.plotting.widgets.controls import Choice, Slider
from gru_book.plotting.widgets.explorer import Drawing, Explorer

T, UNITS, INPUTS, RUNS = 60, 24, 4, 8
KINDS = {"random": "normal numbers", "orthogonal": "an orthogonal matrix"}


def spectral_explorer(rho: float = 1.2, gain: float = 1.0, kind: str = "random") -> Explorer:
    """Controls for the spectral radius of U, the size of the inputs, and what U is drawn as.

    The arguments are the setting at which it starts. Each run draws its own U, scaled to the spectral radius rho, and
    its own inputs; the gradient in the last state is random too.

    Raises ArgumentError: a setting that its control does not have.
    """
    return Explorer(
        [
            Slider("rho", "spectral radius of U", 0.3, 2, 0.05, rho),
            Slider("gain", "size of the inputs", 0, 2, 0.1, gain),
            Choice("kind", "U is drawn as", KINDS, kind),
        ],
        _draw,
    )


def _draw(rho: float, gain: float, kind: str) -> Drawing:
    runs = [_one_run(rho, gain, kind, seed) for seed in range(RUNS)]
    sizes = np.array([run[0] for run in runs])
    _, weights, steps = runs[0]
    at_end = float(np.median(sizes[:, -1]))
    change = f"{at_end:.1e} of its size"
    alt = (
        f"Left, the eigenvalues of the recurrent matrix, up to {rho:.2f} from the origin, and those of one step's "
        f"Jacobian, up to {np.abs(steps).max():.2f}, with the unit circle. Right, on a logarithmic axis, the size "
        f"of a gradient up to {T} steps back in {RUNS} runs with inputs of size {gain:.1f}, beside the powers of "
        f"{rho:.2f}: after {T} steps the median has {change}."
    )
    reading = (
        f"After {T} steps back the median has {change}; the power of the spectral radius says {rho**T:.1e}. "
        f"The Jacobian's own spectral radius is {np.abs(steps).max():.2f} in the last step."
    )
    return Drawing(plot_spectrum_and_decay(weights, steps, sizes, rho), alt, reading)


def recurrent_matrix(rng: np.random.Generator, rho: float, kind: str) -> Array:
    """(H, H), of spectral radius rho: normal numbers, or a random orthogonal matrix, scaled."""
    U = rng.standard_normal((UNITS, UNITS))
    if kind == "orthogonal":
        U = np.linalg.qr(U)[0]
    return np.asarray(rho * U / np.abs(np.linalg.eigvals(U)).max())


def _one_run(rho: float, gain: float, kind: str, seed: int) -> tuple[Array, Array, Array]:
    """|dL/dh_(T-k)| for k = 0 .. T, relative to k = 0; the eigenvalues of U and of dh_T/dh_(T-1)."""
    rng = np.random.default_rng(seed)
    U = recurrent_matrix(rng, rho, kind)
    params = RNNParams(rng.standard_normal((UNITS, INPUTS)) / np.sqrt(INPUTS), U)
    h_0 = rng.uniform(-0.5, 0.5, (1, UNITS))
    _, _, cache = rnn_forward(params, gain * rng.standard_normal((T, 1, INPUTS)), h_0)
    d_h = rng.standard_normal((1, UNITS))
    sizes = [np.linalg.norm(d_h)]
    for t in reversed(range(T)):
        _, d_h = rnn_step_backward(params, cache.h[t], d_h)
        sizes.append(np.linalg.norm(d_h))
    jacobian = rnn_step_backward(params, np.tile(cache.h[-1], (UNITS, 1)), np.eye(UNITS))[1]
    return np.array(sizes) / sizes[0], np.linalg.eigvals(U), np.linalg.eigvals(jacobian)
