"""Random GRU problems: parameters, inputs, lengths, and the loss's gradients that go into the backward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from gru_book import GRUParams, numpy_backend

BIASES = ("none", "ih", "hh", "both")


@dataclass(frozen=True)
class Problem:
    params: GRUParams
    x: np.ndarray  # (T, B, I)
    h_0: np.ndarray  # (B, H)
    lengths: np.ndarray | None  # (B,)
    d_output: np.ndarray  # (T, B, H)
    d_h_n: np.ndarray  # (B, H)

    @property
    def sizes(self):
        """T, B, I, H."""
        return (*self.x.shape, self.params.hidden_size)

    def run(self):
        """output, h_n and the gradients by name: x, h_0 and each parameter."""
        output, h_n, cache = numpy_backend.gru_forward(self.params, self.x, self.h_0, lengths=self.lengths)
        grads = numpy_backend.gru_backward(cache, self.d_output, self.d_h_n)
        return output, h_n, numpy_backend.named_grads(grads)


def draw_params(rng, input_size, hidden_size, *, reset_after=False, biases="both"):
    """Standard normal entries: wider than init_params, so that gates are met open, closed and between."""
    rows = 3 * hidden_size
    return GRUParams(
        rng.standard_normal((rows, input_size)),
        rng.standard_normal((rows, hidden_size)),
        rng.standard_normal(rows) if biases in ("ih", "both") else None,
        rng.standard_normal(rows) if biases in ("hh", "both") else None,
        reset_after,
    )


def draw_problem(rng, seq_len, batch, input_size, hidden_size, *, reset_after=False, biases="both", lengths=None):
    """One Problem; `lengths` may be "ragged": random in 0..T, with 0 and T among them where B allows."""
    if isinstance(lengths, str):
        assert lengths == "ragged"
        lengths = rng.integers(0, seq_len + 1, batch)
        lengths[:2] = (0, seq_len)[:batch]
    return Problem(
        draw_params(rng, input_size, hidden_size, reset_after=reset_after, biases=biases),
        rng.standard_normal((seq_len, batch, input_size)),
        rng.standard_normal((batch, hidden_size)),
        lengths,
        rng.standard_normal((seq_len, batch, hidden_size)),
        rng.standard_normal((batch, hidden_size)),
    )


@st.composite
def problems(draw, *, min_batch=1, min_seq_len=1, lengths=("none", "ragged")):
    """A hypothesis strategy: small odd sizes, both resets, every choice of biases, with or without lengths."""
    ragged = draw(st.sampled_from(lengths)) == "ragged"
    return draw_problem(
        np.random.default_rng(draw(st.integers(0, 2**32 - 1))),
        draw(st.integers(min_seq_len, 7)),
        draw(st.integers(min_batch, 4)),
        draw(st.integers(1, 5)),
        draw(st.integers(1, 5)),
        reset_after=draw(st.booleans()),
        biases=draw(st.sampled_from(BIASES)),
        lengths="ragged" if ragged else None,
    )
