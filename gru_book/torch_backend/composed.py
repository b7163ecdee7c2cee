"""The same GRU layer as a composition of differentiable operations, one step after another.

Slower and hungrier than the hand-derived backward, and differentiable as often as one likes, in reverse and
forward mode and under vmap. `functional.gru` takes its second derivatives from here.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gru_book.torch_backend.chain import pointwise_dtype, split_gates, valid_steps


def composed_gru(
    x: Tensor,
    h_0: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    *,
    lengths: Tensor | None = None,
    reset_after: bool = False,
    reverse: bool = False,
) -> tuple[Tensor, Tensor]:
    """One layer, one direction. Arguments and results as `functional.gru`, unchecked.

    H_0 and lengths are tensors.
    """
    seq_len = x.shape[0]
    valid = valid_steps(lengths, seq_len)
    if valid is not None:
        x = x.masked_fill(~valid, 0.0)
    dtype = pointwise_dtype(weight_hh.dtype)
    a = torch.nn.functional.linear(x, weight_ih, bias_ih).to(dtype)
    h, outputs = h_0.to(dtype), [h_0] * seq_len
    for t in reversed(range(seq_len)) if reverse else range(seq_len):
        h_t = _step(a[t], h, weight_hh, bias_hh, reset_after)
        if valid is None:
            outputs[t] = h = h_t
        else:
            h = torch.where(valid[t], h_t, h)
            outputs[t] = torch.where(valid[t], h_t, torch.zeros_like(h_t))
    return torch.stack(outputs).to(weight_hh.dtype), h.to(weight_hh.dtype)


def _step(a_t: Tensor, h: Tensor, weight_hh: Tensor, bias_hh: Tensor | None, reset_after: bool) -> Tensor:
    """The four equations. a_t: (B, 3H); h: (B, H) -> h_t: (B, H)."""
    a_r, a_z, a_n = split_gates(a_t)
    U_r, U_z, U_n = weight_hh.chunk(3)
    b_hr, b_hz, b_hn = (None, None, None) if bias_hh is None else bias_hh.chunk(3)
    r = torch.sigmoid(a_r + _linear(h, U_r, b_hr))
    z = torch.sigmoid(a_z + _linear(h, U_z, b_hz))
    if reset_after:
        n = torch.tanh(a_n + r * _linear(h, U_n, b_hn))
    else:
        n = torch.tanh(a_n + _linear(r * h, U_n, b_hn))
    return (1.0 - z) * h + z * n


def _linear(h: Tensor, U: Tensor, b: Tensor | None) -> Tensor:
    """U h + b in the weights' dtype, returned in h's."""
    return torch.nn.functional.linear(h.to(U.dtype), U, b).to(h.dtype)
