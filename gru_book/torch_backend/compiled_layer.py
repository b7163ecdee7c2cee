"""The layer's forward and backward on a CPU by `gru_book.compiled`: tensors in and out, on the same memory."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gru_book.compiled.layer import Kept, as_layer, layer_backward, layer_forward
from gru_book.compiled.rows import rows_of
from gru_book.params import Array


def forward(
    x: Tensor,
    h_0: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    lengths: Tensor | None,
    reset_after: bool,
    reverse: bool,
    keep_gates: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As layer.layer_forward."""
    layer = as_layer(
        _array(weight_ih),
        _array(weight_hh),
        None if bias_ih is None else _array(bias_ih),
        None if bias_hh is None else _array(bias_hh),
        reset_after=reset_after,
        reverse=reverse,
    )
    seq_len, batch, _ = x.shape
    output, h_n, kept = layer_forward(
        layer,
        _array(x),
        _array(h_0),
        None if lengths is None else lengths.numpy(),
        threads=torch.get_num_threads(),
        keep=keep_gates,
    )
    gates, s = x.new_empty(0), x.new_empty(0)
    if kept is not None:
        gates = torch.from_numpy(kept.rows.scatter(kept.gates, seq_len, batch))
    if kept is not None and reset_after:
        s = torch.from_numpy(kept.rows.scatter(kept.s, seq_len, batch))
    return torch.from_numpy(output), torch.from_numpy(h_n), gates, s


def backward(
    d_output: Tensor | None,
    d_h_n: Tensor | None,
    x: Tensor,
    h_0: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    lengths: Tensor | None,
    output: Tensor,
    rzn: Tensor,
    s: Tensor,
    reset_after: bool,
    reverse: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """As layer.layer_backward."""
    layer = as_layer(_array(weight_ih), _array(weight_hh), None, None, reset_after=reset_after, reverse=reverse)
    rows = rows_of(x.shape[0], x.shape[1], None if lengths is None else lengths.numpy())
    kept = Kept(
        rows.gather(_array(x)),
        rows.ordered(_array(h_0)),
        rows.gather(_array(rzn)),
        rows.gather(_array(output)),
        rows.gather(_array(s)) if reset_after else np.empty((1, weight_hh.shape[1]), layer.weight_hh.dtype),
        rows,
    )
    grads = layer_backward(
        layer,
        kept,
        None if d_output is None else _array(d_output),
        None if d_h_n is None else _array(d_h_n),
        threads=torch.get_num_threads(),
    )
    d_x, d_h_0, d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh = map(torch.from_numpy, grads)
    return d_x, d_h_0, d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh


def _array(tensor: Tensor) -> Array:
    """The tensor's own memory as an array; its conjugate and negative views are resolved."""
    if tensor.requires_grad:
        tensor = tensor.detach()
    array: Array = (tensor.resolve_neg() if tensor.is_neg() else tensor).numpy()
    return array
