"""How numbers are stored and multiplied."""

from __future__ import annotations

from typing import Any, NamedTuple


class Precision(NamedTuple):
    """One way to compute."""

    dtype: str  # torch's name of what is stored
    tf32: bool  # whether products of float32 may be rounded to TF32
    tolerance: float  # the largest difference from float64, relative to the largest number of that array


PRECISIONS = {
    "tf32": Precision("float32", True, 2e-2),
    "bfloat16": Precision("bfloat16", False, 1e-1),
    "float32": Precision("float32", False, 1e-3),
    "float16": Precision("float16", False, 2e-2),
    "float64": Precision("float64", False, 1e-8),
}
"""By name, in the order in which they are measured: what a budget cuts off comes last.

The tolerances are for all sizes and sums over many steps of peers that round their state at each; a wrong formula, a
step too many or an unwritten tile is off by more.
"""
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
