"""The gradient check of the GRU layer: `gru_forward` and `gru_backward` under all three methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.gradcheck import (
    METHODS,
    TOLERANCES,
    GradientReport,
    Method,
    Tolerance,
    check_gradients,
)
from gru_book.numpy_backend.layer import GRUGrads, gru_backward, gru_forward
from gru_book.params import Array, GRUParams, as_params


def check_gru(
    params: GRUParams,
    x: Array,
    h_0: Array | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
    methods: Sequence[Method] = METHODS,
    tolerances: Mapping[Method, Tolerance] = TOLERANCES,
    rng: np.random.Generator | None = None,
) -> GradientReport:
    """Check every gradient of the GRU layer: x, h_0 and each parameter that is present.

    Args:
        params: float64.  x: (T, B, I), finite.  h_0: (B, H); None is zeros, whose gradient is checked as well.
        lengths: (B,) integers in 0..T, or None.
        methods, tolerances: as in `check_gradients`.
        rng: draws the gradients d_output and d_h_n that go in; None is numpy.random.default_rng(0).

    Returns:
        GradientReport with the names x, h_0, weight_ih, weight_hh, and bias_ih, bias_hh where present.

    Raises:
        ArgumentError: params is not float64, or as in `gru_forward` and `check_gradients`.
    """
    params = as_params(params)
    if params.dtype != np.float64:
        raise ArgumentError("params", "dtype float64: a difference needs its 16 digits", f"dtype {params.dtype}")
    _, h_n, cache = gru_forward(params, x, h_0, lengths=lengths)
    start = np.zeros_like(h_n) if h_0 is None else np.asarray(h_0)

    def forward(x: Array, h_0: Array, **weights: Array) -> tuple[Array, Array]:
        return gru_forward(params.replace(**weights), x, h_0, lengths=lengths)[:2]

    def backward(d_y: Any) -> dict[str, Array]:
        return named_grads(gru_backward(cache, *d_y))

    arrays = {"x": np.asarray(x), "h_0": start, **dict(params.arrays())}
    return check_gradients(forward, arrays, backward, methods=methods, tolerances=tolerances, rng=rng)


def named_grads(grads: GRUGrads) -> dict[str, Array]:
    """GRUGrads under the names of what they are gradients of: x, h_0 and the parameters' own."""
    return {"x": grads.d_x, "h_0": grads.d_h_0, **dict(grads.d_params.arrays())}
