"""Whether Triton is there, whether it interprets, and how a kernel is cut into blocks."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from typing import NamedTuple

import torch

DTYPES = (torch.float32, torch.bfloat16, torch.float16)
"""What the kernels store and multiply; they add in float32."""


@cache
def triton_missing() -> str | None:
    """None where Triton can be imported, else the reason why it cannot, in a few words."""
    return None if find_spec("triton") is not None else 'Triton is not installed: pip install "gru-book[gpu]"'


@cache
def interpreted() -> bool:
    """Whether Triton's interpreter runs the kernels, on the CPU.

    TRITON_INTERPRET=1 must be set before Triton is imported; what is set later changes nothing.
    """
    return triton_missing() is None and os.environ.get("TRITON_INTERPRET") == "1"


def input_precision(dtype: torch.dtype) -> str:
    """How a kernel multiplies: "tf32" for float32 where PyTorch's own products may, else "ieee", exactly.

    "widened": as float32, for bfloat16 in the interpreter, whose `tl.dot` takes its bits for integers.
    """
    if dtype == torch.bfloat16 and interpreted():
        return "widened"
    return "tf32" if dtype == torch.float32 and torch.backends.cuda.matmul.fp32_precision == "tf32" else "ieee"


class Launch(NamedTuple):
    """How a product of gates by batch is cut: a program has `block_h` units of `block_b` sequences."""

    block_h: int  # units
    block_b: int  # sequences
    block_k: int  # of the sum, at a time
    warps: int
    stages: int


def launch_of(batch: int, hidden_size: int, dtype: torch.dtype, *, strict: bool) -> Launch:
    """The cut for a size and dtype; strict: float32 by "ieee", which no tensor core does.

    Not measured: chosen so that small batches waste little of a block and large ones still give every
    multiprocessor (an H200 has 132) a program; `tl.dot` wants 16 or more of everything.
    """
    block_b = 16 if batch <= 16 else 32
    block_h = 16 if hidden_size <= 256 or batch <= 64 else 32
    if strict:
        return Launch(block_h, block_b, 32, 4, 2)
    return Launch(block_h, block_b, 64 if dtype == torch.float32 else 128, 4, 3)
