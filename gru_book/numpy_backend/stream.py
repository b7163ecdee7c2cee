"""A GRU, or a stack of them, that is fed one sample at a time and keeps its state between the calls (chapter 25)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gru_book.numpy_backend.cell import input_share, step_forward
from gru_book.numpy_backend.layer import state_or_zeros
from gru_book.numpy_backend.stack import checked_layers
from gru_book.params import Array, GRUParams, as_array, check_size


class GRUStream:
    """Streams samples through a GRU: step by step it gives the output that `gru` or `gru_stack` give at once.

    >>> from gru_book import init_params
    >>> stream = GRUStream(init_params(np.random.default_rng(0), 3, 4))
    >>> stream.step(np.zeros(3)).shape, stream.state.shape
    ((4,), (4,))

    Args:
        params: GRUParams, or the layers of a stack in one direction, from the lowest. The reverse direction starts at
            a sequence's end, so it cannot be streamed.
        batch: how many streams run side by side; None is one stream whose samples have no batch axis.
        state: where to start, in the shape of `state`; None means zeros.

    Raises:
        ArgumentError: an argument does not fit.
    """

    def __init__(
        self,
        params: GRUParams | Sequence[GRUParams],
        *,
        batch: int | None = None,
        state: Array | None = None,
    ) -> None:
        self._is_stack = not isinstance(params, GRUParams)
        self._layers = checked_layers([params] if isinstance(params, GRUParams) else params, directions=1)
        self._batch = None if batch is None else check_size("batch", batch)
        self._h: list[Array] = []  # for each layer: (B, H)
        self.reset(state)

    @property
    def state(self) -> Array:
        """A copy of the state: (B, H), without B for one stream, and with L in front for a stack of L layers."""
        return np.stack(self._h).reshape(self._state_shape)

    @property
    def _state_shape(self) -> tuple[int, ...]:
        layers = (len(self._layers),) if self._is_stack else ()
        return (*layers, *self._batch_shape, self._layers[0].hidden_size)

    @property
    def _batch_shape(self) -> tuple[int, ...]:
        return () if self._batch is None else (self._batch,)

    def reset(self, state: Array | None = None) -> None:
        """Set the state, to zeros for None. Raises ArgumentError if it does not have the shape and dtype of `state`."""
        first = self._layers[0]
        checked = state_or_zeros("state", state, self._state_shape, first.dtype)
        self._h = list(checked.reshape(len(self._layers), self._batch or 1, first.hidden_size).copy())

    def step(self, x_t: Array) -> Array:
        """Take one sample and return the highest layer's new state.

        x_t: (B, I) -> h_t: (B, H); without the B for one stream.
        Raises ArgumentError if x_t does not fit, and then leaves the state as it was. NaN and inf propagate.
        """
        first = self._layers[0]
        x_t = as_array("x_t", x_t, (*self._batch_shape, first.input_size), first.dtype)
        h_t = x_t.reshape(self._batch or 1, first.input_size)
        for k, layer in enumerate(self._layers):
            h_t, _ = step_forward(layer, input_share(layer, h_t), self._h[k])
            self._h[k] = h_t
        return h_t.reshape(*self._batch_shape, first.hidden_size).copy()
