"""How numbers are stored and multiplied."""

from __future__ import annotations

from typing import Any, NamedTuple


class Precision(NamedTuple):
    """One way to compute."""

    dtype: str  # torch's name of what is stored
    tf32: bool  # whether products of float32 may be rounded to TF32
    tolerance: float  # the largest difference from float64, relative to the largest number of that array


PRECISIONS = {
    "tf32": Precision("float32", True, 5e-3),
    "bfloat16": Precision("bfloat16", False, 3e-2),
    "float32": Precision("float32", False, 1e-4),
    "float16": Precision("float16", False, 5e-3),
    "float64": Precision("float64", False, 1e-10),
}
"""By name, in the order in which they are measured: what a budget cuts off comes last.

At the size where all are compared first, those who round their state or a sum over steps at each step were off by up to
1.2e-2 in bfloat16 and 1.7e-3 in float16 on a CPU; ours by 7e-3 and 5e-4, and no more at 512 steps.
"""
GROWTH = 10.0
"""So many times the tolerance may others be off at other sizes, once they computed the same at that one: a gradient
that they add up in bfloat16 over 512 steps was off by 5e-2. The record says by how much."""
TIMED = ("tf32", "bfloat16", "float32", "float16")


def set_flags(precision: str) -> dict[str, Any]:
    """Let torch multiply so from here on, cuDNN's recurrent layers included; the flags as torch then states them."""
    import torch

    tf32 = PRECISIONS[precision].tf32
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32
    return {
        "float32_matmul_precision": torch.get_float32_matmul_precision(),
        "cudnn.allow_tf32": torch.backends.cudnn.allow_tf32,
    }
