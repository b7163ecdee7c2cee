"""The layer as two opaque operators, for torch.compile and torch.export; the loop stays rolled up.

`torch.ops.gru_book.gru_forward` and `gru_backward` are `layer_forward` and `layer_backward` with a schema and
with the shapes that a tracer needs. In eager mode `forward` and `backward` call the functions directly.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gru_book.torch_backend.chain import pointwise_dtype
from gru_book.torch_backend.layer import keeps_gates, layer_backward, layer_forward


@torch.library.custom_op("gru_book::gru_forward", mutates_args=())
def _forward_op(
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
    return layer_forward(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, lengths, reset_after, reverse, keep_gates)


@_forward_op.register_fake
def _forward_shapes(
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
    seq_len, batch, hidden_size = x.shape[0], x.shape[1], weight_hh.shape[1]
    dtype = pointwise_dtype(weight_hh.dtype)
    keep_gates = keep_gates and keeps_gates(weight_hh, reset_after)
    return (
        x.new_empty(seq_len, batch, hidden_size),
        torch.empty_like(h_0, memory_format=torch.contiguous_format),
        x.new_empty((seq_len, batch, 3 * hidden_size) if keep_gates else 0, dtype=dtype),
        x.new_empty((seq_len, batch, hidden_size) if keep_gates and reset_after else 0, dtype=dtype),
    )


@torch.library.custom_op("gru_book::gru_backward", mutates_args=())
def _backward_op(
    d_output: Tensor | None,
    d_h_n: Tensor | None,
    x: Tensor,
    h_0: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    lengths: Tensor | None,
    output: Tensor,
    rzn: Tensor,
    s: Tensor,
    reset_after: bool,
    reverse: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    weights = (weight_ih, weight_hh, bias_ih, bias_hh)
    return layer_backward(d_output, d_h_n, x, h_0, *weights, lengths, output, rzn, s, reset_after, reverse)


@_backward_op.register_fake
def _backward_shapes(
    d_output: Tensor | None,
    d_h_n: Tensor | None,
    x: Tensor,
    h_0: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    *_: Any,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    bias = x.new_empty(weight_hh.shape[0])
    like = [x.new_empty(t.shape) for t in (x, h_0, weight_ih, weight_hh)]
    return like[0], like[1], like[2], like[3], bias, torch.empty_like(bias)


def forward(*args: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Direct in eager mode, which saves the dispatcher's time.

    The opaque operator while a compiler traces.
    """
    run = torch.ops.gru_book.gru_forward if torch.compiler.is_compiling() else layer_forward
    result: tuple[Tensor, Tensor, Tensor, Tensor] = run(*args)
    return result


def backward(*args: Any) -> tuple[Tensor, ...]:
    """As `forward`, for the backward."""
    run = torch.ops.gru_book.gru_backward if torch.compiler.is_compiling() else layer_backward
    result: tuple[Tensor, ...] = run(*args)
    return result
