"""A GRU, or a stack of them, that is fed one sample at a time and keeps its state between the calls (chapter 25)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gru_book import compiled
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
        self._in_shape = (*self._batch_shape, self._layers[0].input_size)
        self._out_shape = (*self._batch_shape, self._layers[0].hidden_size)
        self._h: list[Array] = []  # for each layer: (B, H)
        self._steps = [self._step_of(layer) for layer in self._layers]
        self.reset(state)

    def _step_of(self, layer: GRUParams) -> Callable[[Array, Array], None]:
        """A function (x_t, h) that overwrites the state h: (B, H) with the next one; compiled by compiled's rule."""
        batch = self._batch or 1
        if compiled.takes(layer.dtype, compiled.stream_work(batch, layer.input_size, layer.hidden_size)):
            from gru_book.compiled.layer import as_layer
            from gru_book.compiled.stream import CompiledStep

            weights = layer.weight_ih, layer.weight_hh, layer.bias_ih, layer.bias_hh
            return CompiledStep(as_layer(*weights, reset_after=layer.reset_after), batch)

        def step(x_t: Array, h: Array) -> None:
            h[:], _ = step_forward(layer, input_share(layer, x_t), h)

        return step

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

    def step(self, x_t: Array, out: Array | None = None) -> Array:
        """Take one sample and return the highest layer's new state.

        x_t: (B, I) -> h_t: (B, H); without the B for one stream. `out`: where to write h_t, so that a step makes no
        new array; it is returned.
        Raises ArgumentError if x_t or out does not fit, and then leaves the state as it was. NaN and inf propagate.
        """
        first, shape = self._layers[0], self._out_shape
        x_t = as_array("x_t", x_t, self._in_shape, first.dtype)
        if out is not None:
            as_array("out", out, shape, first.dtype)
        h_t = np.ascontiguousarray(x_t).reshape(self._batch or 1, first.input_size)
        for step, h in zip(self._steps, self._h, strict=True):
            step(h_t, h)
            h_t = h
        if out is None:
            return h_t.reshape(shape).copy()
        out[...] = h_t.reshape(shape)
        return out
