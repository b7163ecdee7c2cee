"""Zoneout on the GRU: at each step each unit keeps its old state with probability p, as if time had not passed.

    h_t = d_t * h_{t-1} + (1 - d_t) * GRU(x_t, h_{t-1}),    d_t = 1 with probability p, else 0     in training
    h_t = p * h_{t-1} + (1 - p) * GRU(x_t, h_{t-1})                                              in use: the mean

Source: Krueger et al. 2017, "Zoneout: regularizing RNNs by randomly preserving hidden activations" (arXiv 1606.01305),
section 3.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.cell import input_share, step_forward
from gru_book.numpy_backend.layer import checked_sequence
from gru_book.numpy_backend.variants.over_time import over_time
from gru_book.params import Array, GRUParams, as_params, check_generator, describe


def zoneout_mask(rng: np.random.Generator, shape: tuple[int, ...], p: float) -> Array:
    """d: bool, True with probability p: where the old state is kept. Raises ArgumentError if rng or p does not fit."""
    check_generator(rng)
    mask: Array = rng.random(shape) < _checked_probability(p)
    return mask


def zoneout_gru(
    params: GRUParams,
    x: Array,
    h_0: Array | None = None,
    *,
    p: float,
    rng: np.random.Generator | None = None,
    lengths: npt.ArrayLike | None = None,
) -> tuple[Array, Array]:
    """Run the GRU with zoneout over a batch of sequences: output (T, B, H) and h_n (B, H).

    Args:
        x, h_0, lengths: as in `gru`.
        p: 0 <= p <= 1, how likely a unit keeps its state.
        rng: draws the mask of all steps at once, `zoneout_mask(rng, (T, B, H), p)`, as training does; None takes the
            mean, as use does.

    Raises:
        ArgumentError: an argument does not fit.
    """
    params = as_params(params)
    x, h_0, valid = checked_sequence(params, x, h_0, lengths)
    shape = (*x.shape[:2], params.hidden_size)
    kept = np.full(shape, _checked_probability(p)) if rng is None else zoneout_mask(rng, shape, p)
    kept = kept.astype(params.dtype)
    a_x = input_share(params, x)

    def step(t: int, h_prev: Array) -> Array:
        h_t, _ = step_forward(params, a_x[t], h_prev)
        new: Array = kept[t] * h_prev + (1.0 - kept[t]) * h_t
        return new

    return over_time(step, len(x), h_0, valid)


def _checked_probability(p: float) -> float:
    if isinstance(p, bool) or not isinstance(p, (int, float, np.floating)) or not 0 <= p <= 1:
        raise ArgumentError("p", "a probability, 0 <= p <= 1", describe(p))
    return float(p)
