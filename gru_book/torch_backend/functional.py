"""One GRU layer as a function of tensors, with the hand-derived backward.

    output, h_n = gru(x, h_0, weight_ih, weight_hh, bias_ih)

Second derivatives. A backward run with `create_graph=True` (torch.autograd.grad, gradgradcheck, a gradient
penalty) recomputes the layer from its inputs by `composed.composed_gru` and differentiates that, so the
result can be differentiated again, as often as one likes; it costs one more forward and the composition's
memory. torch.func.grad takes the same path. Forward-mode derivatives and vmap are what
`composed.composed_gru` offers itself.

Under torch.compile and torch.export the layer is one opaque operator, `torch.ops.gru_book.gru_forward`, so
the loop over time is not unrolled and compiles as fast for T = 10,000 as for 10.

Under autocast all arguments are cast to its dtype (float64 is left alone, as torch does); see `chain` for
what stays float32.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gru_book.errors import ArgumentError
from gru_book.torch_backend import operators
from gru_book.torch_backend.checks import Lengths, check_lengths, check_tensor, is_autocast
from gru_book.torch_backend.composed import composed_gru

__all__ = ["gru", "gru_cell"]


def gru(
    x: Tensor,
    h_0: Tensor | None,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    *,
    lengths: Lengths | None = None,
    reset_after: bool = False,
    reverse: bool = False,
) -> tuple[Tensor, Tensor]:
    """Run one layer in one direction; equal parameters give the numbers of numpy_backend.gru.

    Args:
        x: (T, B, I), time first; T >= 1, B >= 0.  h_0: (B, H) or None for zeros.
        weight_ih: (3H, I).  weight_hh: (3H, H).  bias_ih, bias_hh: (3H,) or None. Rows in the order r, z, n.
        lengths: (B,) integers in 0..T; past a length the state is held, output is 0, the gradient is zero.
        reset_after: where the reset gate acts (`GRUParams`).
        reverse: from the last valid step of each sequence to the first.

    Returns:
        output: (T, B, H), the state after each step.  h_n: (B, H), the state after the last step run.

    Raises:
        ArgumentError: a rank, size, dtype, device or length does not fit. NaN and inf in valid steps
            propagate.
    """
    weights = _checked_weights(weight_ih, weight_hh, bias_ih, bias_hh)
    hidden_size, input_size = weight_hh.shape[1], weight_ih.shape[1]
    check_tensor("x", x, ("T", "B", input_size), weight_hh)
    seq_len, batch = x.shape[0], x.shape[1]
    if seq_len < 1:
        raise ArgumentError("x", "at least one step, T >= 1", f"shape {tuple(x.shape)}")
    if h_0 is None:
        h_0 = x.new_zeros(batch, hidden_size)
    check_tensor("h_0", h_0, (batch, hidden_size), weight_hh)
    checked = None if lengths is None else check_lengths(lengths, seq_len, batch, x.device)
    return apply_gru(x, h_0, *weights, lengths=checked, reset_after=reset_after, reverse=reverse)


def gru_cell(
    x_t: Tensor,
    h_prev: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    *,
    reset_after: bool = False,
) -> Tensor:
    """One step. x_t: (B, I); h_prev: (B, H) -> h_t: (B, H). Raises ArgumentError as `gru` does."""
    weights = _checked_weights(weight_ih, weight_hh, bias_ih, bias_hh)
    check_tensor("x_t", x_t, ("B", weight_ih.shape[1]), weight_hh)
    check_tensor("h_prev", h_prev, (x_t.shape[0], weight_hh.shape[1]), weight_hh)
    _, h_t = apply_gru(x_t.unsqueeze(0), h_prev, *weights, lengths=None, reset_after=reset_after, reverse=False)
    return h_t


def apply_gru(
    x: Tensor,
    h_0: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    *,
    lengths: Tensor | None,
    reset_after: bool,
    reverse: bool,
) -> tuple[Tensor, Tensor]:
    """`gru` for arguments that are known to fit; lengths an int64 tensor on x's device."""
    tensors = (x, h_0, weight_ih, weight_hh, bias_ih, bias_hh)
    if is_autocast(weight_hh):
        dtype = torch.get_autocast_dtype(x.device.type)
        tensors = tuple(None if t is None else t.to(dtype) for t in tensors)  # type: ignore[assignment]
    if torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in tensors):
        output, h_n, _, _ = _GRUFunction.apply(*tensors, lengths, reset_after, reverse)  # type: ignore[no-untyped-call]
        return output, h_n
    output, h_n, _, _ = operators.forward(*tensors, lengths, reset_after, reverse, False)
    return output, h_n


class _GRUFunction(torch.autograd.Function):
    """The layer with its hand-derived backward (chapters 06 and 07)."""

    @staticmethod
    def forward(*inputs: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """As `layer.layer_forward` but for keep_gates; torch binds a signature with names anew at each call."""
        return operators.forward(*inputs, True)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        states, _, rzn, s = output
        *tensors, ctx.reset_after, ctx.reverse = inputs
        ctx.mark_non_differentiable(rzn, s)
        ctx.set_materialize_grads(False)  # a loss of h_n alone need not add T zeros
        ctx.save_for_backward(*tensors, states, rzn, s)

    @staticmethod
    def backward(ctx: Any, d_output: Tensor | None, d_h_n: Tensor | None, *_: Any) -> tuple[Tensor | None, ...]:
        *tensors, output, rzn, s = ctx.saved_tensors
        x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, lengths = tensors
        if d_output is None and d_h_n is None:
            return (None,) * 9
        if torch.is_grad_enabled() and not torch.compiler.is_compiling():
            return _differentiable_backward(ctx, tensors, d_output, d_h_n)
        grads = operators.backward(
            d_output,
            d_h_n,
            x,
            h_0,
            weight_ih,
            weight_hh,
            bias_ih,
            bias_hh,
            lengths,
            output,
            rzn,
            s,
            ctx.reset_after,
            ctx.reverse,
        )
        d_x, d_h_0, d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh = grads
        return (
            d_x,
            d_h_0,
            d_weight_ih,
            d_weight_hh,
            None if bias_ih is None else d_bias_ih,
            None if bias_hh is None else d_bias_hh,
            None,
            None,
            None,
        )


def _differentiable_backward(
    ctx: Any, tensors: list[Tensor | None], d_output: Tensor | None, d_h_n: Tensor | None
) -> tuple[Tensor | None, ...]:
    """The gradients as differentiable functions of the inputs and of d_output, d_h_n."""
    *inputs, lengths = tensors
    # Aliases: h_0 may itself depend on x; wanted is the gradient through this layer's own argument alone.
    aliases: list[Any] = [None if t is None else t.view_as(t) for t in inputs]
    result = composed_gru(*aliases, lengths=lengths, reset_after=ctx.reset_after, reverse=ctx.reverse)
    used = [(y, d_y) for y, d_y in zip(result, (d_output, d_h_n), strict=True) if d_y is not None]
    wanted = [i for i, needed in enumerate(ctx.needs_input_grad[:6]) if needed]
    ys, d_ys = [y for y, _ in used], [d_y for _, d_y in used]
    found = torch.autograd.grad(ys, [aliases[i] for i in wanted], d_ys, create_graph=True)
    grads: list[Tensor | None] = [None] * 9
    for i, grad in zip(wanted, found, strict=True):
        grads[i] = grad
    return tuple(grads)


def _checked_weights(
    weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor | None, bias_hh: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    """The four, if they belong to one layer. Raises ArgumentError."""
    check_tensor("weight_hh", weight_hh, ("3H", "H"))
    rows, hidden_size = weight_hh.shape
    if hidden_size < 1 or rows != 3 * hidden_size:
        raise ArgumentError(
            "weight_hh", "shape (3H, H) with H >= 1: three gates r, z, n", f"shape {(rows, hidden_size)}"
        )
    check_tensor("weight_ih", weight_ih, (rows, "I"), weight_hh)
    for name, bias in (("bias_ih", bias_ih), ("bias_hh", bias_hh)):
        if bias is not None:
            check_tensor(name, bias, (rows,), weight_hh)
    return weight_ih, weight_hh, bias_ih, bias_hh
