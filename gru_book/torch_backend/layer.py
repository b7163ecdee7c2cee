"""One GRU layer without autograd: its products, and who runs the chain over time.

A layer is one product for the input's share of all T steps, the chain (`choose_chain` picks who runs it: the
one place where a device's kernel comes in), and in the backward one product over all T*B rows for each weight
gradient. On a CPU `gru_book.compiled` does all three by its own rule.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import torch
from torch import Tensor

from gru_book import compiled
from gru_book.torch_backend.chain import (
    Chained,
    ChainGrads,
    Gates,
    chain_backward,
    chain_forward,
    pointwise_dtype,
    previous_states,
    split_gates,
    valid_steps,
)


class Chain(NamedTuple):
    """Who runs the recurrence: functions with the signatures of `chain_forward` and `chain_backward`."""

    forward: Callable[..., Chained]
    backward: Callable[..., ChainGrads]


PLAIN_CHAIN = Chain(chain_forward, chain_backward)


def choose_chain(weight_hh: Tensor, batch: int, *, reset_after: bool) -> Chain:
    """The chain for this device, dtype and size. There is one so far:

    plain torch operations, for everything.
    """
    return PLAIN_CHAIN


def layer_forward(
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
    """output, h_n, and the gates r z n and s for the backward (both empty without keep_gates)."""
    if takes_compiled(x, weight_hh):
        from gru_book.torch_backend import compiled_layer

        return compiled_layer.forward(
            x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, lengths, reset_after, reverse, keep_gates
        )
    with _no_autocast(x):
        bias, b_hn = _hoisted_bias(bias_ih, bias_hh, reset_after)
        a = torch.nn.functional.linear(x, weight_ih, bias).to(pointwise_dtype(weight_hh.dtype))
        chain = choose_chain(weight_hh, x.shape[1], reset_after=reset_after)
        done = chain.forward(
            a,
            h_0,
            weight_hh,
            b_hn,
            valid_steps(lengths, x.shape[0]),
            reset_after=reset_after,
            reverse=reverse,
            keep_gates=keep_gates,
        )
        return done.output, done.h_n, *done.gates


def takes_compiled(x: Tensor, weight_hh: Tensor) -> bool:
    """Whether `gru_book.compiled` runs the layer: on a CPU, by its rule."""
    if x.device.type != "cpu" or weight_hh.dtype not in (torch.float32, torch.float64):
        return False
    seq_len, batch, input_size = x.shape
    dtype = "float32" if weight_hh.dtype == torch.float32 else "float64"
    return compiled.takes(dtype, compiled.layer_work(seq_len, batch, input_size, weight_hh.shape[1]))


def _hoisted_bias(
    bias_ih: Tensor | None, bias_hh: Tensor | None, reset_after: bool
) -> tuple[Tensor | None, Tensor | None]:
    """The bias to add to all steps at once, (3H,), and what must wait inside the reset, (H,)."""
    if bias_hh is None:
        return bias_ih, None
    b_hn = None
    if reset_after:
        b_hn = split_gates(bias_hh)[2]
        bias_hh = torch.cat([bias_hh[: -len(b_hn)], torch.zeros_like(b_hn)])
    return (bias_hh if bias_ih is None else bias_ih + bias_hh), b_hn


def layer_backward(
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
    """d_x, d_h_0, d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh.

    Each weight's is one product over all T*B rows.
    """
    if takes_compiled(x, weight_hh):
        from gru_book.torch_backend import compiled_layer

        return compiled_layer.backward(
            d_output, d_h_n, x, h_0, weight_ih, weight_hh, lengths, output, rzn, s, reset_after, reverse
        )
    with _no_autocast(x):
        valid = valid_steps(lengths, x.shape[0])
        h_prev = previous_states(output, h_0, valid, reverse)
        chain = choose_chain(weight_hh, x.shape[1], reset_after=reset_after)
        d_a_h, d_a_n, d_h_0 = chain.backward(
            d_output, d_h_n, Gates(rzn, s), h_prev, weight_hh, valid, reset_after=reset_after, reverse=reverse
        )
        d_weight_hh = _recurrent_weight_grad(d_a_h, h_prev, split_gates(rzn)[0], reset_after)
        d_bias_hh = _rows(d_a_h).sum(0).to(x.dtype)
        d_bias_ih, d_a_x = d_bias_hh.clone(), d_a_h
        if reset_after:
            split_gates(d_a_x)[2].copy_(d_a_n)  # in place: from here on it is what the input added
            d_bias_ih = _rows(d_a_x).sum(0).to(x.dtype)
        d_a_x = d_a_x.to(x.dtype)
        if valid is not None:
            x = x.masked_fill(~valid, 0.0)  # so that NaN in padding meets no product
        return d_a_x @ weight_ih, d_h_0, _rows(d_a_x).T @ _rows(x), d_weight_hh, d_bias_ih, d_bias_hh


def _recurrent_weight_grad(d_a_h: Tensor, h_prev: Tensor, r: Tensor, reset_after: bool) -> Tensor:
    """d_weight_hh, (3H, H). Reset before: U_r and U_z multiplied h_prev, U_n multiplied r * h_prev."""
    d_a_h = d_a_h.to(h_prev.dtype)
    if reset_after:
        return _rows(d_a_h).T @ _rows(h_prev)
    hidden_size = h_prev.shape[-1]
    d_a_rz, d_a_n = _rows(d_a_h)[:, : 2 * hidden_size], _rows(d_a_h)[:, 2 * hidden_size :]
    return torch.cat([d_a_rz.T @ _rows(h_prev), d_a_n.T @ _rows((r * h_prev).to(h_prev.dtype))])


def _rows(a: Tensor) -> Tensor:
    """(T, B, K) -> (T*B, K)."""
    return a.flatten(0, 1)


def _no_autocast(x: Tensor) -> AbstractContextManager[object]:
    """The arguments were cast before; inside, every product already stands in the dtype it should have."""
    return nullcontext() if x.device.type == "meta" else torch.autocast(x.device.type, enabled=False)
