"""A GRU with a linear head: it reads a sequence and forecasts a value at each step."""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.layer import gru, gru_backward, gru_forward
from gru_book.numpy_backend.linear import LinearParams, init_linear, linear, linear_backward
from gru_book.numpy_backend.losses import mean_squared_error, mean_squared_error_backward
from gru_book.numpy_backend.tree import tree_map
from gru_book.params import Array, GRUParams, describe, init_params


class Forecaster(NamedTuple):
    """The parameters of the model, and in the same form their gradients."""

    gru: GRUParams
    head: LinearParams

    @property
    def num_parameters(self) -> int:
        """How many numbers are learnt."""
        return self.gru.num_parameters + self.head.num_parameters


def init_forecaster(
    rng: np.random.Generator, input_size: int, hidden_size: int, output_size: int = 1, *, reset_after: bool = False
) -> Forecaster:
    """Random parameters: the GRU's drawn first, then the head's."""
    return Forecaster(
        init_params(rng, input_size, hidden_size, reset_after=reset_after), init_linear(rng, hidden_size, output_size)
    )


def forecast(model: Forecaster, x: Array, h_0: Array | None = None) -> tuple[Array, Array]:
    """y_hat: (T, B, O), the forecast after each step, and h_n: (B, H), from x: (T, B, I)."""
    output, h_n = gru(model.gru, x, h_0)
    return linear(model.head, output), h_n


def loss_and_grads(
    model: Forecaster, x: Array, y: Array, h_0: Array | None = None, *, tau: int | None = None, skip: int = 0
) -> tuple[float, Forecaster]:
    """The mean squared error over a batch of sequences, and its gradient by back-propagation through time.

    Args:
        x: (T, B, I), inputs; y: (T, B, O), targets; h_0: (B, H) or None for zeros.
        tau: None for the full gradient. An integer cuts the sequence into pieces of tau steps: the state is
            carried from piece to piece, the gradient is not (truncated back-propagation, chapter 07).
        skip: so many first steps have no part in the loss; in them the state forgets that it began as h_0.

    Raises:
        ArgumentError: y does not fit, x or y holds NaN or inf, or tau or skip is out of range.
    """
    seq_len = _checked_length(x, y, tau, skip)
    piece = seq_len if tau is None else int(tau)
    pieces = [slice(start, start + piece) for start in range(0, seq_len, piece)]

    outputs, caches, h = [], [], h_0
    for steps in pieces:
        output, h, cache = gru_forward(model.gru, x[steps], h)
        outputs.append(output)
        caches.append(cache)
    y_hat = linear(model.head, np.concatenate(outputs))

    d_y_hat = np.zeros_like(y_hat)
    d_y_hat[skip:] = mean_squared_error_backward(y_hat[skip:], y[skip:])
    grads = []
    for steps, output, cache in zip(pieces, outputs, caches, strict=True):
        d_output, d_head = linear_backward(model.head, output, d_y_hat[steps])
        grads.append(Forecaster(gru_backward(cache, d_output).d_params, d_head))
    total = reduce(lambda one, other: tree_map(np.add, one, other), grads)
    return mean_squared_error(y_hat[skip:], y[skip:]), total


def _checked_length(x: Array, y: Array, tau: int | None, skip: int) -> int:
    for name, array in (("x", x), ("y", y)):
        if not isinstance(array, np.ndarray) or array.ndim != 3 or array.shape[0] < 1:
            raise ArgumentError(name, "an array of shape (T, B, ·) with T >= 1", describe(array))
        if not np.isfinite(array).all():
            raise ArgumentError(name, "finite numbers: NaN and inf teach nothing", "NaN or inf")
    seq_len = int(x.shape[0])
    if y.shape[:2] != x.shape[:2]:
        raise ArgumentError("y", f"shape {x.shape[:2]} in time and batch, as x", f"shape {y.shape}")
    if tau is not None and (not isinstance(tau, (int, np.integer)) or tau < 1):
        raise ArgumentError("tau", "None or an integer >= 1", describe(tau))
    if not isinstance(skip, (int, np.integer)) or not 0 <= skip < seq_len:
        raise ArgumentError("skip", f"0 <= skip < T = {seq_len}", describe(skip))
    return seq_len
