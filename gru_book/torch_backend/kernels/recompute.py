"""The gates once more, from the outputs: so that a forward keeps nothing for the backward but what it returned.

All states are known by then, so the gates of many steps are products over all their rows, one where the reset comes
after the product and two where it comes before, beside the input's. They are worked out piece by piece as the
backward walks through time, so that memory never holds the gates of more than a few thousand rows.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gru_book.torch_backend.chain import (
    Chain,
    ChainGrads,
    Gates,
    gates_after,
    gates_before,
    hoisted_bias,
    pointwise_dtype,
)

ROWS = 4096
"""Rows, of all sequences together, that are enough for a product to be worth its launch; not measured."""
STEPS = 32
"""Steps of a piece at least, whatever the batch."""


class Weights(NamedTuple):
    """A layer's parameters."""

    weight_ih: Tensor  # (3H, I)
    weight_hh: Tensor  # (3H, H)
    bias_ih: Tensor | None  # (3H,)
    bias_hh: Tensor | None  # (3H,)


def gates_again(x: Tensor, h_prev: Tensor, weights: Weights, *, reset_after: bool) -> tuple[Gates, Tensor]:
    """The gates of some steps, in the pointwise dtype, and what U_n multiplied or gave, (T, B, H).

    x: (T, B, I), finite in the padding; h_prev: (T, B, H), the state before each step.
    """
    bias, b_hn = hoisted_bias(weights.bias_ih, weights.bias_hh, reset_after)
    a = torch.nn.functional.linear(x, weights.weight_ih, bias).to(pointwise_dtype(x.dtype))
    s = a.new_empty(h_prev.shape)
    rows = a.flatten(0, 1), h_prev.flatten(0, 1), weights.weight_hh.t()
    if reset_after:
        gates_after(*rows, b_hn, s.flatten(0, 1))
        return Gates(a, s), s
    gates_before(*rows, s.flatten(0, 1))
    return Gates(a, s.new_empty(0)), s


def backward(
    chain: Chain,
    d_output: Tensor | None,
    d_h_n: Tensor | None,
    x: Tensor,
    h_prev: Tensor,
    weights: Weights,
    valid: Tensor | None,
    *,
    reset_after: bool,
    reverse: bool,
) -> tuple[ChainGrads, Tensor | None]:
    """`chain.backward` with gates worked out here, and r * h_prev, (T, B, H), where the reset comes before.

    Arguments as chain.chain_backward's; x as `gates_again`'s. The gradients come in the weights' dtype.
    """
    seq_len, batch, hidden_size = h_prev.shape
    d_a_h = h_prev.new_empty(seq_len, batch, 3 * hidden_size)
    d_a_n = h_prev.new_empty((seq_len, batch, hidden_size) if reset_after else 0)
    rh_prev = None if reset_after else torch.empty_like(h_prev)
    d_h = d_h_n
    length = max(STEPS, -(-ROWS // max(1, batch)))
    begins = range(0, seq_len, length)
    for begin in begins if reverse else reversed(begins):
        piece = slice(begin, begin + length)
        gates, s = gates_again(x[piece], h_prev[piece], weights, reset_after=reset_after)
        done = chain.backward(
            None if d_output is None else d_output[piece],
            d_h,
            gates,
            h_prev[piece],
            weights.weight_hh,
            None if valid is None else valid[piece],
            reset_after=reset_after,
            reverse=reverse,
        )
        d_a_h[piece], d_h = done.d_a_h, done.d_h_0
        if rh_prev is None:
            d_a_n[piece] = done.d_a_n
        else:
            rh_prev[piece] = s
    assert d_h is not None  # T >= 1
    return ChainGrads(d_a_h, d_a_n, d_h), rh_prev
