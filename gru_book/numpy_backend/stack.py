"""A stack of GRU layers, in one direction or both, with dropout between the layers; forward beside backward.

The layers come as one flat sequence in the order of torch.nn.GRU: for each layer, from the lowest, the forward
direction and then, if there are two, the reverse one. h_0 and h_n hold one state for each of them, in that order.

The reverse direction reads each sequence from its own end, so its first step sees the last valid input, and the
padding stays behind. Its output stands at the input's own time, beside that of the forward direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.layer import (
    GRUCache,
    gru_backward,
    gru_forward,
    state_or_zeros,
    valid_steps,
)
from gru_book.params import Array, GRUParams, as_any_array, as_array, check_generator, check_size, describe, init_params


@dataclass(frozen=True, eq=False)
class GRUStackCache:
    """What `gru_stack_forward` leaves for `gru_stack_backward`."""

    layers: tuple[GRUCache, ...]  # one for each layer and direction, in the stack's order
    masks: tuple[Array | None, ...]  # for each layer above the lowest: (T, B, DH), 0 or 1/(1-p); None: no dropout
    lengths: Array | None  # (B,)
    num_directions: int


@dataclass(frozen=True, eq=False)
class GRUStackGrads:
    """Gradients of the loss: d_x (T, B, I), d_h_0 (LD, B, H), and d_layers, one GRUParams for each of the stack."""

    d_x: Array
    d_h_0: Array
    d_layers: tuple[GRUParams, ...]


def init_stack(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    num_layers: int,
    *,
    bidirectional: bool = False,
    reset_after: bool = False,
    dtype: npt.DTypeLike = np.float64,
) -> tuple[GRUParams, ...]:
    """Draw the layers of a stack, each by `gru_book.init_params`; the upper ones read all directions of the one below.

    Raises ArgumentError as there, or if num_layers is not a positive integer.
    """
    directions = 2 if bidirectional else 1
    sizes = [input_size] + [directions * hidden_size] * (check_size("num_layers", num_layers) - 1)
    return tuple(
        init_params(rng, size, hidden_size, reset_after=reset_after, dtype=dtype)
        for size in sizes
        for _ in range(directions)
    )


def gru_stack(
    layers: Sequence[GRUParams],
    x: Array,
    h_0: Array | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
    bidirectional: bool = False,
    dropout: float = 0.0,
    rng: np.random.Generator | None = None,
) -> tuple[Array, Array]:
    """Run a stack of L layers with D directions over a batch of sequences.

    Args:
        layers: LD GRUParams of one dtype and hidden_size, layer by layer, each layer's directions together; the
            input_size of all but the lowest layer is DH.
        x: (T, B, I), time first; T >= 1, B >= 0.
        h_0: (LD, B, H); None means zeros.
        lengths: as in `gru`.
        bidirectional: True for D = 2.
        dropout: 0 <= p < 1; each output of a layer below another is set to 0 with probability p, else divided by
            1 - p, so that its mean stays. 0 when the stack is used and not trained.
        rng: draws the dropout masks, layer by layer; needed for dropout > 0.

    Returns:
        output: (T, B, DH), that of the highest layer.  h_n: (LD, B, H).

    Raises:
        ArgumentError: the layers do not fit each other, or an argument does not fit them.

    Sources: bidirectional: Schuster and Paliwal 1997; dropout between layers only: Zaremba et al. 2014
    (arXiv 1409.2329); both as torch.nn.GRU does.
    """
    output, h_n, _ = gru_stack_forward(
        layers, x, h_0, lengths=lengths, bidirectional=bidirectional, dropout=dropout, rng=rng
    )
    return output, h_n


def gru_stack_forward(
    layers: Sequence[GRUParams],
    x: Array,
    h_0: Array | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
    bidirectional: bool = False,
    dropout: float = 0.0,
    rng: np.random.Generator | None = None,
) -> tuple[Array, Array, GRUStackCache]:
    """As `gru_stack`, and also returns the cache that `gru_stack_backward` needs."""
    directions = 2 if bidirectional else 1
    layers = checked_layers(layers, directions)
    check_dropout(dropout, rng)
    x = as_array("x", x, ("T", "B", layers[0].input_size), layers[0].dtype)
    h_0 = state_or_zeros("h_0", h_0, (len(layers), x.shape[1], layers[0].hidden_size), layers[0].dtype)
    ends = None if lengths is None else valid_steps(lengths, *x.shape[:2]).sum(axis=0)[:, 0]

    h_n, caches, masks = np.empty_like(h_0), list[GRUCache](), list[Array | None]()
    for lowest in range(0, len(layers), directions):
        if lowest > 0:
            masks.append(dropout_mask(rng, x.shape, dropout, x.dtype) if rng is not None and dropout > 0 else None)
            x = x if masks[-1] is None else x * masks[-1]
        outputs = []
        for k in range(lowest, lowest + directions):
            is_reverse = k > lowest
            output, h_n[k], cache = gru_forward(
                layers[k], reverse_steps(x, ends) if is_reverse else x, h_0[k], lengths=ends
            )
            outputs.append(reverse_steps(output, ends) if is_reverse else output)
            caches.append(cache)
        x = np.concatenate(outputs, axis=-1)
    return x, h_n, GRUStackCache(tuple(caches), tuple(masks), ends, directions)


def gru_stack_backward(
    cache: GRUStackCache, d_output: Array | None = None, d_h_n: Array | None = None
) -> GRUStackGrads:
    """Gradients of a loss through all layers and steps.

    Args:
        cache: from `gru_stack_forward`.
        d_output: (T, B, DH), the loss's gradient in `output`; None means zero. Past a length it is ignored.
        d_h_n: (LD, B, H), the loss's gradient in `h_n`; None means zero.

    Raises:
        ArgumentError: both gradients are None, or one has the wrong rank, size or dtype.
    """
    if not isinstance(cache, GRUStackCache):
        raise ArgumentError("cache", "the cache that gru_stack_forward returned", describe(cache))
    directions, count = cache.num_directions, len(cache.layers)
    seq_len, batch, hidden_size = cache.layers[0].h_prev.shape
    dtype = cache.layers[0].params.dtype
    if d_output is None and d_h_n is None:
        raise ArgumentError("d_output", "d_output, d_h_n or both: a loss depends on one of them", "None and None")
    d_x = state_or_zeros("d_output", d_output, (seq_len, batch, directions * hidden_size), dtype)
    d_h_n = state_or_zeros("d_h_n", d_h_n, (count, batch, hidden_size), dtype)

    d_h_0, d_layers = np.empty_like(d_h_n), list[GRUParams]()
    for lowest in reversed(range(0, count, directions)):
        d_outputs, d_x = np.split(d_x, directions, axis=-1), np.zeros((), dtype)
        of_layer = []
        for k in range(lowest, lowest + directions):
            is_reverse = k > lowest
            d_out = reverse_steps(d_outputs[k - lowest], cache.lengths) if is_reverse else d_outputs[k - lowest]
            grads = gru_backward(cache.layers[k], d_out, d_h_n[k])
            d_x = d_x + (reverse_steps(grads.d_x, cache.lengths) if is_reverse else grads.d_x)
            d_h_0[k] = grads.d_h_0
            of_layer.append(grads.d_params)
        d_layers = of_layer + d_layers
        mask = cache.masks[lowest // directions - 1] if lowest > 0 else None
        d_x = d_x if mask is None else d_x * mask
    return GRUStackGrads(d_x, d_h_0, tuple(d_layers))


def reverse_steps(x: Array, lengths: npt.ArrayLike | None = None) -> Array:
    """Each sequence in the reverse order of its steps, its padding left where it is; twice gives x again.

    x: (T, B, K); lengths: (B,) integers in 0..T, None means T for all -> (T, B, K), a copy.
    Raises ArgumentError if x has another rank or a length does not fit.
    """
    x = as_any_array("x", x, "an array of shape (T, B, K)")
    if x.ndim != 3:
        raise ArgumentError("x", "shape (T, B, K)", f"shape {x.shape}")
    if lengths is None:
        return x[::-1].copy()
    seq_len, batch, _ = x.shape
    valid = valid_steps(lengths, seq_len, batch)
    t = np.arange(seq_len)[:, None, None]
    return np.take_along_axis(x, np.where(valid, valid.sum(axis=0) - 1 - t, t), axis=0)


def dropout_mask(rng: np.random.Generator, shape: tuple[int, ...], p: float, dtype: npt.DTypeLike) -> Array:
    """Each entry 0 with probability p, else 1 / (1 - p): its mean is 1 (inverted dropout).

    Raises ArgumentError: p is not in 0 <= p < 1, or rng is no numpy Generator.
    Source: Srivastava et al. 2014, "Dropout".
    """
    check_dropout(p, rng)
    kept = (rng.random(shape) >= p).astype(dtype)
    mask: Array = kept / (1.0 - float(p))
    return mask


def check_dropout(p: float, rng: np.random.Generator | None) -> None:
    """Raise ArgumentError unless 0 <= p < 1 and, for p > 0, rng is a numpy Generator."""
    if isinstance(p, bool) or not isinstance(p, (int, float, np.floating)) or not 0 <= p < 1:
        raise ArgumentError("dropout", "a probability, 0 <= dropout < 1", describe(p))
    if p > 0 or rng is not None:
        check_generator(rng)


def checked_layers(layers: Sequence[GRUParams], directions: int) -> tuple[GRUParams, ...]:
    """The layers as a tuple; ArgumentError unless they are GRUParams that fit each other."""
    if not isinstance(layers, (list, tuple)) or not layers:
        raise ArgumentError("layers", "a list or tuple of GRUParams", describe(layers))
    for k, layer in enumerate(layers):
        if not isinstance(layer, GRUParams):
            raise ArgumentError(f"layers[{k}]", "GRUParams", describe(layer))
    if len(layers) % directions:
        raise ArgumentError("layers", "two GRUParams for each layer of a bidirectional stack", f"{len(layers)}")
    first = layers[0]
    for k, layer in enumerate(layers):
        input_size = first.input_size if k < directions else directions * first.hidden_size
        expected = f"input_size {input_size}, hidden_size {first.hidden_size}, dtype {first.dtype}"
        got = f"input_size {layer.input_size}, hidden_size {layer.hidden_size}, dtype {layer.dtype}"
        if got != expected:
            raise ArgumentError(f"layers[{k}]", expected, got)
    return tuple(layers)
