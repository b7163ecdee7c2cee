"""The loop over time that all variants share: lengths are treated as in `gru`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gru_book.params import Array, ParamArrays, as_array


def over_time(
    step: Callable[[int, Array], Array], seq_len: int, h_0: Array, valid: Array | None
) -> tuple[Array, Array]:
    """Iterate h_t = step(t, h_{t-1}) from h_0 (B, H): output (T, B, H) and h_n (B, H).

    valid: (T, B, 1) bool or None. Past its length a sequence's state is held and its output is 0.
    """
    h, output = h_0, np.empty((seq_len, *h_0.shape), h_0.dtype)
    for t in range(seq_len):
        h_t = step(t, h)
        h = h_t if valid is None else np.where(valid[t], h_t, h)
        output[t] = h_t if valid is None else np.where(valid[t], h_t, 0.0)
    return output, h.copy()


def checked_step(params: ParamArrays, x_t: Array, h_prev: Array) -> tuple[Array, Array]:
    """x_t (B, I) and h_prev (B, H) as arrays that fit `params`; ArgumentError if they do not."""
    x_t = as_array("x_t", x_t, ("B", params.input_size), params.dtype)
    return x_t, as_array("h_prev", h_prev, (x_t.shape[0], params.hidden_size), params.dtype)
