"""The recurrence of one GRU layer in plain torch operations: the part that no single product can do.

The input's share of all steps, and the weights' gradients, are one product each and live in `functional`.
What is left is a chain of T small steps. Here it stands forward beside its hand-derived backward, for any
device and dtype; a faster kernel has the same two signatures and must give the same numbers.

Mixed precision: products run in the weights' dtype; the state, the gates and all elementwise work are float32
where that dtype is float16 or bfloat16 (`pointwise_dtype`), so that a state carried over thousands of steps
is not rounded to 8 bits at each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class Gates(NamedTuple):
    """What the forward leaves for the backward; T steps, B sequences."""

    rzn: Tensor  # (T, B, 3H), r, z and n of each step
    s: Tensor  # (T, B, H), U_n h_prev + b_hn, what r multiplied; empty when the reset comes before


class Chained(NamedTuple):
    """What the forward returns."""

    output: Tensor  # (T, B, H), 0 past each length
    h_n: Tensor  # (B, H)
    gates: Gates  # both empty when they were not asked for


class ChainGrads(NamedTuple):
    """What the backward returns."""

    d_a_h: Tensor  # (T, B, 3H), the gradient in what the state adds to the pre-activations
    d_a_n: Tensor  # (T, B, H), the gradient in what the input adds to a_n; empty where d_a_h has it
    d_h_0: Tensor  # (B, H), in the pointwise dtype


class Chain(NamedTuple):
    """Who runs the recurrence: functions with the signatures of `chain_forward` and `chain_backward`."""

    forward: Callable[..., Chained]
    backward: Callable[..., ChainGrads]
    recomputes: bool = False  # the forward keeps no gates: the backward is given them anew (`kernels.recompute`)


def pointwise_dtype(dtype: torch.dtype) -> torch.dtype:
    """The dtype of the state and the gates beside weights of `dtype`."""
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


def split_gates(a: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(..., 3H) -> the r, z and n parts, three views of shape (..., H)."""
    hidden_size = a.shape[-1] // 3
    return a[..., :hidden_size], a[..., hidden_size : 2 * hidden_size], a[..., 2 * hidden_size :]


def hoisted_bias(
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


def valid_steps(lengths: Tensor | None, seq_len: int) -> Tensor | None:
    """lengths: (B,) integers -> (T, B, 1) bool, True before each sequence's end; None stays None."""
    if lengths is None:
        return None
    steps = torch.arange(seq_len, device=lengths.device)
    return (steps[:, None] < lengths).unsqueeze(-1)


def chain_forward(
    a: Tensor,
    h_0: Tensor,
    weight_hh: Tensor,
    b_hn: Tensor | None,
    valid: Tensor | None,
    *,
    reset_after: bool,
    reverse: bool,
    keep_gates: bool,
) -> Chained:
    """All steps from the input's share of the pre-activations.

    a: (T, B, 3H) in the weights' or the pointwise dtype, every bias but b_hn added; it may be *overwritten*.
    h_0: (B, H). weight_hh: (3H, H). b_hn: (H,), what stands inside the reset; None for reset before.
    valid: (T, B, 1) or None. reverse: run from step T-1 to 0, starting at each sequence's own end.
    """
    a = a.to(pointwise_dtype(weight_hh.dtype))
    seq_len, batch, hidden_size = a.shape[0], a.shape[1], weight_hh.shape[1]
    output = weight_hh.new_empty(seq_len, batch, hidden_size)
    s = a.new_empty(seq_len if keep_gates and reset_after else 1, batch, hidden_size)
    if valid is not None:
        a.masked_fill_(~valid, 0.0)  # whatever stands in the padding is never read, NaN included
    U_T, h = weight_hh.t(), h_0.to(a.dtype)
    for t in reversed(range(seq_len)) if reverse else range(seq_len):
        s_t = s[t if s.shape[0] > 1 else 0]
        if reset_after:
            gates_after(a[t], h, U_T, b_hn, s_t)
        else:
            gates_before(a[t], h, U_T, s_t)
        _, z, n = split_gates(a[t])
        h_t = torch.addcmul((1.0 - z) * h, z, n)
        if valid is None:
            output[t] = h = h_t
        else:
            h = torch.where(valid[t], h_t, h)
            output[t] = torch.where(valid[t], h_t, 0.0)
    h_n = h.to(output.dtype, copy=True)
    if not keep_gates:
        return Chained(output, h_n, Gates(a.new_empty(0), a.new_empty(0)))
    return Chained(output, h_n, Gates(a, s if reset_after else a.new_empty(0)))


def gates_before(a_t: Tensor, h: Tensor, U_T: Tensor, s_t: Tensor) -> None:
    """a_t: (B, 3H) becomes r, z, n; s_t: (B, H) becomes r * h, what U_n multiplies. h: (B, H), U_T: (H, 3H)."""
    hidden_size = h.shape[1]
    a_rz, a_n = a_t[:, : 2 * hidden_size], a_t[:, 2 * hidden_size :]
    _add_product(a_rz, h, U_T[:, : 2 * hidden_size])
    a_rz.sigmoid_()
    torch.mul(a_rz[:, :hidden_size], h, out=s_t)
    _add_product(a_n, s_t, U_T[:, 2 * hidden_size :])
    a_n.tanh_()


def gates_after(a_t: Tensor, h: Tensor, U_T: Tensor, b_hn: Tensor | None, s_t: Tensor) -> None:
    """a_t: (B, 3H) becomes r, z, n; s_t: (B, H) becomes U_n h + b_hn, what r multiplies."""
    hidden_size = h.shape[1]
    a_h = (h.to(U_T.dtype) @ U_T).to(a_t.dtype)
    a_rz, a_n = a_t[:, : 2 * hidden_size], a_t[:, 2 * hidden_size :]
    a_rz.add_(a_h[:, : 2 * hidden_size]).sigmoid_()
    s_t.copy_(a_h[:, 2 * hidden_size :])
    if b_hn is not None:
        s_t.add_(b_hn)
    a_n.addcmul_(a_rz[:, :hidden_size], s_t).tanh_()


def _add_product(a: Tensor, h: Tensor, U_T: Tensor) -> None:
    """a += h U^T in place; one fused call where all share a dtype."""
    if a.dtype == U_T.dtype:
        a.addmm_(h, U_T)
    else:
        a.add_(h.to(U_T.dtype) @ U_T)


def chain_backward(
    d_output: Tensor | None,
    d_h_n: Tensor | None,
    gates: Gates,
    h_prev: Tensor,
    weight_hh: Tensor,
    valid: Tensor | None,
    *,
    reset_after: bool,
    reverse: bool,
) -> ChainGrads:
    """The reverse of `chain_forward` (chapter 06; step by step in numpy_backend.cell.step_backward).

    d_output: (T, B, H) or None for zero; d_h_n: (B, H) or None. h_prev: (T, B, H), from `previous_states`.

    Everything that does not depend on d_h is worked out for all steps at once: with the gradient d in h_t,
    d_a_z = d k_z, d_a_n = d k_n, d_a_r = (what reaches r) k_r. The chain then overwrites k with the gradient.
    """
    seq_len, batch, hidden_size = h_prev.shape
    k = _slopes(gates, h_prev, reset_after)
    keep, r = 1.0 - split_gates(gates.rzn)[1], split_gates(gates.rzn)[0]
    if valid is not None:
        k.masked_fill_(~valid, 0.0)
    d_a_n = k.new_empty((seq_len, batch, hidden_size) if reset_after else 0)
    d_h = k.new_zeros(batch, hidden_size) if d_h_n is None else d_h_n.to(k.dtype)
    for t in range(seq_len) if reverse else reversed(range(seq_len)):
        d = d_h if d_output is None else d_h + d_output[t]
        if valid is not None:
            d = torch.where(valid[t], d, 0.0)
        _, k_z, k_n = split_gates(k[t])
        k_z.mul_(d)  # now d_a_z
        k_n.mul_(d)  # now d_a_n
        if reset_after:
            through = _through_after(k[t], d_a_n[t], r[t], weight_hh)
        else:
            through = _through_before(k[t], r[t], weight_hh)
        d_h_prev = torch.addcmul(through, d, keep[t])
        d_h = d_h_prev if valid is None else torch.where(valid[t], d_h_prev, d_h)  # a held state passes it on
    return ChainGrads(k, d_a_n, d_h)


def _slopes(gates: Gates, h_prev: Tensor, reset_after: bool) -> Tensor:
    """(T, B, 3H): k_r, k_z, k_n of all steps, the derivatives that the chain multiplies."""
    r, z, n = split_gates(gates.rzn)
    k = torch.empty_like(gates.rzn)
    k_r, k_z, k_n = split_gates(k)
    torch.mul(r * (1.0 - r), gates.s if reset_after else h_prev, out=k_r)
    torch.mul(z * (1.0 - z), n - h_prev, out=k_z)
    torch.mul(z, 1.0 - n * n, out=k_n)
    return k


def _through_before(k_t: Tensor, r: Tensor, U: Tensor) -> Tensor:
    """Completes d_a_r in k_t: (B, 3H).

    Returns what goes back to h_prev through the three products, (B, H).
    """
    hidden_size = r.shape[1]
    k_r, _, d_a_n = split_gates(k_t)
    d_rh = _product(d_a_n, U[2 * hidden_size :])
    k_r.mul_(d_rh)
    return torch.addcmul(_product(k_t[:, : 2 * hidden_size], U[: 2 * hidden_size]), d_rh, r)


def _through_after(k_t: Tensor, d_a_n: Tensor, r: Tensor, U: Tensor) -> Tensor:
    """As `_through_before`; moves the candidate's own gradient to d_a_n:

    (B, H) and leaves r times it in k_t.
    """
    k_r, _, k_n = split_gates(k_t)
    d_a_n.copy_(k_n)
    k_r.mul_(d_a_n)
    k_n.mul_(r)
    return _product(k_t, U)


def _product(d_a: Tensor, U: Tensor) -> Tensor:
    """d_a U, multiplied in U's dtype, returned in d_a's."""
    return (d_a.to(U.dtype) @ U).to(d_a.dtype)


def previous_states(output: Tensor, h_0: Tensor, valid: Tensor | None, reverse: bool) -> Tensor:
    """The state before each valid step, (T, B, H), from what the forward returned.

    Nothing more need be saved.
    """
    ends = h_0.unsqueeze(0)
    if not reverse:
        return torch.cat([ends, output[:-1]])
    h_prev = torch.cat([output[1:], ends])
    if valid is None:
        return h_prev
    is_first = valid & ~torch.cat([valid[1:], torch.zeros_like(valid[:1])])
    return torch.where(is_first, ends, h_prev)


PLAIN_CHAIN = Chain(chain_forward, chain_backward)
