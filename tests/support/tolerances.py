"""The one table of tolerances for comparing two computations of the same number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Tolerance(NamedTuple):
    rtol: float
    atol: float


BFLOAT16 = "bfloat16"
"""NumPy has no such dtype, so the table names it."""
TF32 = "tf32"
"""float32 whose products are rounded to TF32."""

TOLERANCES = {
    BFLOAT16: Tolerance(rtol=2e-2, atol=2e-2),  # 8 bits; numbers about 1, up to 12 steps
    TF32: Tolerance(rtol=5e-3, atol=5e-3),  # 11 bits in each factor; as above
    np.dtype(np.float16): Tolerance(rtol=3e-3, atol=3e-3),  # 11 bits; as above
    np.dtype(np.float32): Tolerance(rtol=2e-4, atol=2e-5),  # up to 12 steps of products in another order
    np.dtype(np.float64): Tolerance(rtol=1e-10, atol=1e-11),
    np.dtype(np.complex128): Tolerance(rtol=1e-10, atol=1e-11),
}


def assert_close(got, expected, what="", *, dtype=None):
    """Same shape, and every entry within the tolerance of `dtype` (got's own, unless named)."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, f"{what}: shape {got.shape}, expected {expected.shape}"
    rtol, atol = TOLERANCES[dtype if dtype in (BFLOAT16, TF32) else np.dtype(dtype or got.dtype)]
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol, err_msg=what, equal_nan=False)
