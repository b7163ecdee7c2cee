"""The linear recurrence h_t = a_t * h_{t-1} + b_t as an associative scan over the first axis (chapter 24).

The tree is that of numpy_backend.scan: neighbours are joined into one step of the same kind, the half as many
steps are
scanned, and the steps between filled in: about 2 log2(T) operations on whole tensors and work linear in T.
The backward is hand-derived and is a scan too, from the last step to the first. It is written with
differentiable operations, so derivatives of any order come from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gru_book import compiled
from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.torch_backend.checks import check_tensor, describe

__all__ = ["linear_scan"]

Operation = Callable[[Tensor, Tensor], Tensor]


def linear_scan(
    a: Tensor, b: Tensor, h_0: Tensor | None = None, *, logs: tuple[Tensor, Tensor, Tensor] | None = None
) -> Tensor:
    """h: (T, ...), where h_t = a_t * h_{t-1} + b_t.

    Args:
        a, b: (T, ...) of one shape, dtype and device, T >= 1.  h_0: (...), None means zeros.
        logs: log a, log b and log h_0, all of numbers >= 0: the values are then worked out on logarithms
            (numpy_backend.scan.log_scan) and hold where a product of many a's underflows. The gradient goes
            to a, b and h_0 all the same, and no gradient passes into the logarithms.

    Raises:
        ArgumentError: a shape, dtype or device does not fit. NaN and inf propagate as in
            numpy_backend.scan.scan.
    """
    if not isinstance(a, Tensor) or a.dim() < 1 or a.shape[0] < 1:
        raise ArgumentError("a", "a tensor of shape (T, ...) with T >= 1", describe(a))
    check_tensor("b", b, tuple(a.shape), a)
    if h_0 is None:
        h_0 = a.new_zeros(a.shape[1:])
    check_tensor("h_0", h_0, tuple(a.shape[1:]), a)
    for name, log, of in zip(("log a", "log b", "log h_0"), logs or (), (a, b, h_0), strict=False):
        check_tensor(name, log, tuple(of.shape), a)
    h: Tensor = _Scan.apply(a, b, h_0, *(logs or (None, None, None)))  # type: ignore[no-untyped-call]
    return h


class _Scan(torch.autograd.Function):
    """The scan with the backward of numpy_backend.scan.scan_backward."""

    @staticmethod
    def forward(
        a: Tensor, b: Tensor, h_0: Tensor, log_a: Tensor | None, log_b: Tensor | None, log_h_0: Tensor | None
    ) -> Tensor:
        if log_a is None or log_b is None or log_h_0 is None:
            if _takes_compiled(a):
                return _compiled(a, b, h_0)
            return _tree(a, _with_start(a, b, h_0, torch.mul, torch.add), torch.mul, torch.add)
        start = _with_start(log_a, log_b, log_h_0, torch.add, torch.logaddexp)
        return _tree(log_a, start, torch.add, torch.logaddexp).exp()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        a, _, h_0, *_ = inputs
        ctx.save_for_backward(a, h_0, output)

    @staticmethod
    def backward(ctx: Any, d_h: Tensor) -> tuple[Tensor | None, ...]:
        a, h_0, h = ctx.saved_tensors
        if _takes_compiled(a) and not torch.is_grad_enabled():
            return (*_compiled_backward(a, h, d_h, h_0), None, None, None)
        # With g_t the whole gradient in h_t: g_t = d_h_t + a_{t+1} g_{t+1}, a scan from the last step to the first.
        later = torch.cat([a[1:], torch.zeros_like(a[:1])]).flip(0)
        g = _Scan.apply(later, d_h.flip(0), torch.zeros_like(h_0), None, None, None).flip(0)  # type: ignore[no-untyped-call]
        h_prev = torch.cat([h_0.unsqueeze(0), h[:-1]])
        return g * h_prev, g, a[0] * g[0], None, None, None


def _takes_compiled(a: Tensor) -> bool:
    """Whether `gru_book.compiled` runs the recurrence: on a CPU, by its rule, and not while a tracer looks on."""
    if a.device.type != "cpu" or a.dtype not in (torch.float32, torch.float64) or torch.compiler.is_compiling():
        return False
    return type(a) is Tensor and compiled.takes(str(a.dtype).removeprefix("torch."), compiled.scan_work(a.numel()))


def _compiled(a: Tensor, b: Tensor, h_0: Tensor) -> Tensor:
    from gru_book.compiled.recurrence import recurrence

    rows = (_rows(a), _rows(b), h_0.detach().numpy().reshape(-1))
    return torch.from_numpy(recurrence(*rows, threads=torch.get_num_threads())).reshape(a.shape)


def _compiled_backward(a: Tensor, h: Tensor, d_h: Tensor, h_0: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    from gru_book.compiled.recurrence import recurrence_backward

    rows = (_rows(a), _rows(h), _rows(d_h), h_0.detach().numpy().reshape(-1))
    d_a, d_b, d_h_0 = map(torch.from_numpy, recurrence_backward(*rows, threads=torch.get_num_threads()))
    return d_a.reshape(a.shape), d_b.reshape(a.shape), d_h_0.reshape(h_0.shape)


def _rows(tensor: Tensor) -> Array:
    """(T, ...) -> (T, N), an array on the tensor's own memory where that is possible."""
    rows: Array = tensor.detach().numpy().reshape(tensor.shape[0], -1)
    return rows


def _with_start(a: Tensor, b: Tensor, h_0: Tensor, times: Operation, plus: Operation) -> Tensor:
    """b with the state before the first step taken in: b_1 + a_1 h_0 in the place of b_1."""
    return torch.cat([plus(times(a[:1], h_0.unsqueeze(0)), b[:1]), b[1:]])


def _tree(a: Tensor, b: Tensor, times: Operation, plus: Operation) -> Tensor:
    """The scan from the state 0:

    join neighbours, scan the half as many pairs, then fill in the steps between.
    """
    seq_len = b.shape[0]
    if seq_len == 1:
        return b.clone()
    first_a, first_b, second_a, second_b = a[: seq_len - 1 : 2], b[: seq_len - 1 : 2], a[1::2], b[1::2]
    after_pair = _tree(times(second_a, first_a), plus(times(second_a, first_b), second_b), times, plus)
    h = torch.empty_like(b)
    h[0] = b[0]
    h[1::2] = after_pair
    if seq_len > 2:
        h[2::2] = plus(times(a[2::2], after_pair[: a[2::2].shape[0]]), b[2::2])
    return h
