"""minGRU's states from its pre-activations in plain torch operations; `kernels.mingru_scan` is the same fused.

z_t = sigmoid(a_z_t), n_t = a_n_t, h_t = (1 - z_t) * h_{t-1} + z_t * n_t
"""

from __future__ import annotations

import torch
from torch import Tensor

from gru_book.torch_backend.chain import pointwise_dtype
from gru_book.torch_backend.scan import linear_scan


def gated_states(a: Tensor, h_0: Tensor, valid: Tensor | None) -> tuple[Tensor, Tensor]:
    """output (T, B, H), 0 past each length, and h_n (B, H).

    a: (T, B, 2H), the pre-activations in the order z, n.  h_0: (B, H).  valid: (T, B, 1) bool or None.
    Differentiable as often as one likes; the scan runs in the pointwise dtype.
    """
    dtype = pointwise_dtype(a.dtype)
    a_z, n = a.to(dtype).chunk(2, dim=-1)
    z = torch.sigmoid(a_z)
    h = linear_scan(where_valid(valid, 1.0 - z, 1.0), where_valid(valid, z * n, 0.0), h_0.to(dtype))
    return where_valid(valid, h, 0.0).to(a.dtype), h[-1].to(a.dtype)


def where_valid(valid: Tensor | None, a: Tensor, past: float) -> Tensor:
    """a, and `past` after each length."""
    return a if valid is None else a.masked_fill(~valid, past)
