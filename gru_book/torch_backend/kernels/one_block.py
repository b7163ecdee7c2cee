"""The chain over time in one kernel, for layers whose recurrent weights fit one multiprocessor (`one_block_kernels`).

The weights are read once a call instead of once a step, and nothing waits for another block: each program takes some
sequences from their first step to their last. Unrun: it has been compiled for GPUs and tested in Triton's interpreter,
but no GPU has run it, so `dispatch` chooses it only when it is forced.

The forward keeps no gates, whatever it is asked (`recompute`). Results repeat exactly.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from gru_book.torch_backend.chain import Chain, Chained, ChainGrads, Gates
from gru_book.torch_backend.kernels.support import input_precision

LARGEST = {torch.bfloat16: 128, torch.float16: 128, torch.float32: 64}
"""The largest H, by dtype; the table of `fits`."""


def fits(hidden_size: int, dtype: torch.dtype, reset_after: bool) -> str | None:
    """None where the weights fit one multiprocessor, else the reason why they do not. The reset makes no difference.

    A tile's sides are powers of two, so H is padded to one. At 128 the three matrices take 96 KiB in two bytes a
    number, of 227 on an H100 and 163 on an A100. The next size is 256, with 384 KiB. In float32, 128 would take 192 KiB
    and leave too little for what the products pass through shared memory.
    """
    if dtype not in LARGEST:
        return f"{dtype} is not among {', '.join(map(str, LARGEST))}".replace("torch.", "")
    if hidden_size <= LARGEST[dtype]:
        return None
    return f"H = {hidden_size} > {LARGEST[dtype]}, the most in {dtype} that one multiprocessor holds".replace(
        "torch.", ""
    )


class Cut(NamedTuple):
    """How a launch is cut."""

    block_h: int  # H padded to a power of two
    block_b: int  # sequences of a program
    warps: int


def cut(hidden_size: int) -> Cut:
    """The cut for a size. Few sequences a program, so that many programs share the batch; 16 is what `tl.dot` wants.

    Eight warps have the registers that the gates of 128 units take.
    """
    block_h = max(16, 1 << (hidden_size - 1).bit_length())
    return Cut(block_h, 16, 8 if block_h > 32 else 4)


def forward(
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
    """As chain.chain_forward; no gates are kept, and `a` is only read."""
    from gru_book.torch_backend.kernels import one_block_kernels

    seq_len, batch, hidden_size = a.shape[0], a.shape[1], weight_hh.shape[1]
    output = weight_hh.new_empty(seq_len, batch, hidden_size)
    h_n = torch.empty(batch, hidden_size, device=a.device, dtype=torch.float32)
    if batch:
        grid, blocks = _launch(weight_hh, batch)
        one_block_kernels.forward[grid](
            a.contiguous(), h_0.contiguous(), weight_hh.contiguous(), _contiguous(b_hn), _contiguous(valid),
            output, h_n, seq_len, batch, RESET_AFTER=reset_after, DESCENDING=reverse, BIASED=b_hn is not None,
            MASKED=valid is not None, **blocks,
        )  # fmt: skip
    return Chained(output, h_n.to(output.dtype), Gates(h_n.new_empty(0), h_n.new_empty(0)))


def backward(
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
    """As chain.chain_backward, with d_a_h and d_a_n in the weights' dtype and d_h_0 in float32."""
    from gru_book.torch_backend.kernels import one_block_kernels

    seq_len, batch, hidden_size = h_prev.shape
    d_a_h = weight_hh.new_empty(seq_len, batch, 3 * hidden_size)
    d_a_n = weight_hh.new_empty((seq_len, batch, hidden_size) if reset_after else 0)
    d_h_0 = torch.empty(batch, hidden_size, device=h_prev.device, dtype=torch.float32)
    if batch:
        grid, blocks = _launch(weight_hh, batch)
        one_block_kernels.backward[grid](
            _contiguous(d_output), _contiguous(d_h_n), gates.rzn.contiguous(), gates.s.contiguous(),
            h_prev.contiguous(), weight_hh.contiguous(), _contiguous(valid), d_a_h, d_a_n, d_h_0, seq_len, batch,
            RESET_AFTER=reset_after, DESCENDING=not reverse, HAS_D_OUTPUT=d_output is not None,
            HAS_D_H_N=d_h_n is not None, MASKED=valid is not None, **blocks,
        )  # fmt: skip
    return ChainGrads(d_a_h, d_a_n, d_h_0)


def _launch(weight_hh: Tensor, batch: int) -> tuple[tuple[int], dict[str, Any]]:
    """The grid, and what both kernels are compiled for."""
    hidden_size = weight_hh.shape[1]
    block_h, block_b, warps = cut(hidden_size)
    blocks = {
        "H": hidden_size,
        "PRECISION": input_precision(weight_hh.dtype),
        "BLOCK_H": block_h,
        "BLOCK_B": block_b,
        "num_warps": warps,
    }
    return (-(-batch // block_b),), blocks


def _contiguous(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.contiguous()


CHAIN = Chain(forward, backward, recomputes=True)
