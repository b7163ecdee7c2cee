"""`gru_forward` and `gru_backward` by the compiled layer, where `gru_book.compiled` says so."""

from __future__ import annotations

from functools import cached_property

from gru_book.compiled import default_threads
from gru_book.compiled.layer import Kept, Layer, as_layer, layer_backward, layer_forward
from gru_book.numpy_backend.cell import Step
from gru_book.numpy_backend.gates import split_gates
from gru_book.numpy_backend.layer import GRUCache, GRUGrads
from gru_book.params import Array, GRUParams


class CompiledCache(GRUCache):
    """What the compiled forward kept; the arrays of a GRUCache are made of it when they are asked for.

    In the padding, gates are 0 here and what a step on zeros would give in a GRUCache; nothing depends on either.
    """

    layer: Layer
    kept: Kept

    def __init__(self, params: GRUParams, x: Array, valid: Array | None, layer: Layer, kept: Kept) -> None:
        for name, value in (("params", params), ("x", x), ("valid", valid), ("layer", layer), ("kept", kept)):
            object.__setattr__(self, name, value)

    def _padded(self, rows: Array) -> Array:
        return self.kept.rows.scatter(rows, *self.x.shape[:2])

    @cached_property
    def h_prev(self) -> Array:
        """(T, B, H), the state before each step."""
        return self._padded(self.kept.rows.previous(self.kept.output, self.kept.h_0, reverse=False))

    @cached_property
    def steps(self) -> Step:
        """r, z, n and s of each step, (T, B, H) each."""
        r, z, n = split_gates(self._padded(self.kept.gates))
        return Step(r, z, n, self._padded(self.kept.s) if self.params.reset_after else r * self.h_prev)


def compiled_forward(
    params: GRUParams, x: Array, h_0: Array, valid: Array | None, *, keep: bool
) -> tuple[Array, Array, CompiledCache | None]:
    """As numpy_backend.layer.gru_forward, for arguments that fit; valid: (T, B, 1) or None. No cache without keep."""
    layer = as_layer(params.weight_ih, params.weight_hh, params.bias_ih, params.bias_hh, reset_after=params.reset_after)
    lengths = None if valid is None else valid[..., 0].sum(axis=0)
    output, h_n, kept = layer_forward(layer, x, h_0, lengths, threads=default_threads(), keep=keep)
    return output, h_n, None if kept is None else CompiledCache(params, x, valid, layer, kept)


def compiled_backward(cache: CompiledCache, d_output: Array | None, d_h_n: Array) -> GRUGrads:
    """As numpy_backend.layer.gru_backward, for gradients that fit."""
    params = cache.params
    grads = layer_backward(cache.layer, cache.kept, d_output, d_h_n, threads=default_threads())
    d_params = GRUParams(
        weight_ih=grads.d_weight_ih,
        weight_hh=grads.d_weight_hh,
        bias_ih=None if params.bias_ih is None else grads.d_bias_ih,
        bias_hh=None if params.bias_hh is None else grads.d_bias_hh,
        reset_after=params.reset_after,
    )
    return GRUGrads(grads.d_x, grads.d_h_0, d_params)
