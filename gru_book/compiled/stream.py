"""One step at a time through one layer, compiled: everything is packed and allocated once, nothing at a step."""

from __future__ import annotations

from gru_book.compiled.compiling import jit
from gru_book.compiled.equations import add, gates_before, state_before, step_after
from gru_book.compiled.layer import Layer
from gru_book.compiled.products import pack_rows, padded, panels, product
from gru_book.compiled.scratch import aligned_empty
from gru_book.params import Array


@jit
def _step(x, h, V, U, bias, b_hn, a, a_x, g, s, reset_after):
    """One step for all B streams; h: (B, H), *overwritten* with the new state.

    V, U: packed, each gate in panels of its own. a: (B, 3H), a_x, g: (B, 3 * padded H), s: (B, H), all scratch.
    """
    B, H = h.shape
    size, wide = h.itemsize, padded(H, h.itemsize)
    per_gate = V.shape[0] // 3
    width = 3 * wide
    row_h, row_g, row_a = H * size, width * size, 3 * H * size
    product(V, x.ctypes.data, x.shape[1], B, a_x.ctypes.data, width)
    product(U if reset_after else U[: 2 * per_gate], h.ctypes.data, H, B, g.ctypes.data, width)
    for j in range(B):
        a_j, g_j, h_j = a.ctypes.data + j * row_a, g.ctypes.data + j * row_g, h.ctypes.data + j * row_h
        x_j, s_j = a_x.ctypes.data + j * row_g, s.ctypes.data + j * row_h
        for gate in range(3):
            add(h, H, x_j + gate * wide * size, bias.ctypes.data + gate * row_h, a_j + gate * row_h)
        if reset_after:
            step_after(
                h, H, a_j, a_j + row_h, a_j + 2 * row_h, g_j, g_j + wide * size, g_j + 2 * wide * size,
                b_hn.ctypes.data, h_j, a_j, a_j + row_h, a_j + 2 * row_h, s_j, h_j, h_j,
            )  # fmt: skip
        else:
            gates_before(h, H, a_j, a_j + row_h, g_j, g_j + wide * size, h_j, a_j, a_j + row_h, s_j)
    if reset_after:
        return
    product(U[2 * per_gate :], s.ctypes.data, H, B, g.ctypes.data, width)
    for j in range(B):
        a_j, h_j = a.ctypes.data + j * row_a, h.ctypes.data + j * row_h
        state_before(h, H, a_j + 2 * row_h, g.ctypes.data + j * row_g, a_j + row_h, h_j, a_j + 2 * row_h, h_j, h_j)


class CompiledStep:
    """A layer that is run one step at a time.

    Args:
        layer: `compiled.layer.as_layer`; its weights are packed here, so that later changes of them are not seen.
        batch: how many streams run side by side.
    """

    def __init__(self, layer: Layer, batch: int) -> None:
        H, input_size = layer.weight_hh.shape[1], layer.weight_ih.shape[1]
        dtype, size = layer.weight_hh.dtype, layer.weight_hh.itemsize
        per_gate, wide = panels(H, size), padded(H, size)
        self._layer = layer
        self._V = aligned_empty((3 * per_gate, input_size, padded(1, size)), dtype)
        self._U = aligned_empty((3 * per_gate, H, padded(1, size)), dtype)
        for packed, W in ((self._V, layer.weight_ih), (self._U, layer.weight_hh)):
            for gate in range(3):
                pack_rows(W, gate * H, (gate + 1) * H, packed[gate * per_gate : (gate + 1) * per_gate])
        self._scratch = [aligned_empty((batch, n), dtype) for n in (3 * H, 3 * wide, 3 * wide, H)]

    def __call__(self, x: Array, h: Array) -> None:
        """x: (B, I); h: (B, H) is overwritten with the new state. Both contiguous, of the weights' dtype."""
        layer = self._layer
        _step(x, h, self._V, self._U, layer.bias, layer.b_hn, *self._scratch, layer.reset_after)
