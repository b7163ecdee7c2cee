"""One GRU layer without autograd: its products, and who runs the chain over time.

A layer is one product for the input's share of all T steps, the chain (`kernels.dispatch` picks who runs it: the
one place where a device's kernel comes in), and in the backward one product over all T*B rows for each weight
gradient. On a CPU `gru_book.compiled` does all three by its own rule.

A kernel keeps no gates for the backward, which then works them out again (`kernels.recompute`).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from gru_book import compiled
from gru_book.torch_backend.chain import Gates, hoisted_bias, pointwise_dtype, previous_states, split_gates, valid_steps
from gru_book.torch_backend.kernels import dispatch, recompute


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
    """output, h_n, and the gates r z n and s for the backward: both empty without keep_gates, or where a kernel
    keeps none.
    """
    if takes_compiled(x, weight_hh):
        from gru_book.torch_backend import compiled_layer

        return compiled_layer.forward(
            x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, lengths, reset_after, reverse, keep_gates
        )
    with _no_autocast(x):
        bias, b_hn = hoisted_bias(bias_ih, bias_hh, reset_after)
        done = dispatch.chain_of(weight_hh, reset_after).forward(
            torch.nn.functional.linear(x, weight_ih, bias),
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
    """Whether `gru_book.compiled` runs the layer: on a CPU, by its rule, unless a kernel is asked for by name."""
    if dispatch.forced() is not None or x.device.type != "cpu" or weight_hh.dtype not in (torch.float32, torch.float64):
        return False
    seq_len, batch, input_size = x.shape
    dtype = "float32" if weight_hh.dtype == torch.float32 else "float64"
    return compiled.takes(dtype, compiled.layer_work(seq_len, batch, input_size, weight_hh.shape[1]))


def keeps_gates(weight_hh: Tensor, reset_after: bool) -> bool:
    """Whether `layer_forward` can keep the gates; decided by device, dtype and H, before any number is known."""
    return not dispatch.chain_of(weight_hh, reset_after).recomputes


def layer_backward(
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
    """d_x, d_h_0, d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh.

    Each weight's is one product over all T*B rows.
    """
    kept = rzn.dim() == 3
    if kept and takes_compiled(x, weight_hh):
        from gru_book.torch_backend import compiled_layer

        return compiled_layer.backward(
            d_output, d_h_n, x, h_0, weight_ih, weight_hh, lengths, output, rzn, s, reset_after, reverse
        )
    with _no_autocast(x):
        valid = valid_steps(lengths, x.shape[0])
        if valid is not None:
            x = x.masked_fill(~valid, 0.0)  # so that NaN in padding meets no product
        h_prev = previous_states(output, h_0, valid, reverse)
        chain = dispatch.chain_of(weight_hh, reset_after)
        how = {"reset_after": reset_after, "reverse": reverse}
        if kept:
            done = chain.backward(d_output, d_h_n, Gates(rzn, s), h_prev, weight_hh, valid, **how)
            rh_prev = None if reset_after else (split_gates(rzn)[0] * h_prev).to(h_prev.dtype)
        else:
            weights = recompute.Weights(weight_ih, weight_hh, bias_ih, bias_hh)
            done, rh_prev = recompute.backward(chain, d_output, d_h_n, x, h_prev, weights, valid, **how)
        d_a_h, d_a_n, d_h_0 = done
        d_weight_hh = _recurrent_weight_grad(d_a_h, h_prev, rh_prev)
        d_bias_hh = _bias_grad(d_a_h, x.dtype)
        d_bias_ih, d_a_x = d_bias_hh.clone(), d_a_h
        if reset_after:
            split_gates(d_a_x)[2].copy_(d_a_n)  # in place: from here on it is what the input added
            d_bias_ih = _bias_grad(d_a_x, x.dtype)
        d_a_x = d_a_x.to(x.dtype)
        d_weight_ih = _rows(d_a_x).T @ _rows(x)
        return d_a_x @ weight_ih, d_h_0.to(x.dtype), d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh


def _recurrent_weight_grad(d_a_h: Tensor, h_prev: Tensor, rh_prev: Tensor | None) -> Tensor:
    """d_weight_hh, (3H, H). Reset before: U_r and U_z multiplied h_prev, U_n multiplied r * h_prev."""
    d_a_h = d_a_h.to(h_prev.dtype)
    if rh_prev is None:
        return _rows(d_a_h).T @ _rows(h_prev)
    hidden_size = h_prev.shape[-1]
    d_a_rz, d_a_n = _rows(d_a_h)[:, : 2 * hidden_size], _rows(d_a_h)[:, 2 * hidden_size :]
    return torch.cat([d_a_rz.T @ _rows(h_prev), d_a_n.T @ _rows(rh_prev)])


def _bias_grad(d_a: Tensor, dtype: torch.dtype) -> Tensor:
    """(3H,): the sum over all rows, added up in the pointwise dtype."""
    return _rows(d_a).sum(0, dtype=pointwise_dtype(d_a.dtype)).to(dtype)


def _rows(a: Tensor) -> Tensor:
    """(T, B, K) -> (T*B, K)."""
    return a.flatten(0, 1)


def _no_autocast(x: Tensor) -> AbstractContextManager[object]:
    """The arguments were cast before; inside, every product already stands in the dtype it should have."""
    return nullcontext() if x.device.type == "meta" else torch.autocast(x.device.type, enabled=False)
