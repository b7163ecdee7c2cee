"""A GRU whose gates stand where they are put, whatever they see."""

from __future__ import annotations

import numpy as np

from gru_book.params import Array, GRUParams


def held_gates(r: float, z: float, U: Array, V: Array) -> GRUParams:
    """Gates at r and z, from 0 to 1, both included; the candidate reads U (H, H) and V (H, I), without a bias."""
    hidden_size, input_size = V.shape
    with np.errstate(divide="ignore"):  # the logarithm of 0 is -inf, on purpose: the sigmoid of it is 0
        a_r, a_z = (float(np.log(gate) - np.log1p(-gate)) for gate in np.array([r, z]))
    biases = np.repeat([a_r, a_z, 0.0], hidden_size)
    blind = np.zeros((2 * hidden_size, hidden_size + input_size))
    weights = np.concatenate([blind, np.concatenate([U, V], axis=1)])
    return GRUParams(weights[:, hidden_size:], weights[:, :hidden_size], biases)
