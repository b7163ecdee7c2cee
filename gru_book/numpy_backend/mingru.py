"""minGRU, whose gate and candidate see the input alone, so that time is a linear recurrence (chapter 24).

    z_t = sigmoid(W_z x_t + b_z)              update gate
    n_t = W_n x_t + b_n                       candidate
    h_t = (1 - z_t) * h_{t-1} + z_t * n_t     new state

`mingru` is this. `mingru_log` is a different function, with the candidate g(W_n x_t + b_n) > 0, where

    g(a) = a + 1/2 for a >= 0, and sigmoid(a) for a < 0.

Its states stay >= 0, so that it may be computed on logarithms. Both run the recurrence as a scan (scan.py).

Source: Feng et al. 2024, "Were RNNs all we needed?" (arXiv 2410.01201), section 3.1, and appendix B for the form on
logarithms and g. Programs that follow it take log g(h_0) for the logarithm of the first state; here that is log h_0,
so that h_0 is the state itself, and must be >= 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.activations import sigmoid, sigmoid_backward, softplus
from gru_book.numpy_backend.gates import split_two
from gru_book.numpy_backend.layer import checked_gradients, checked_sequence, rows
from gru_book.numpy_backend.scan import log_scan, scan, scan_backward, scan_loop
from gru_book.params import Array, ParamArrays, describe


@dataclass(frozen=True, eq=False)
class MinGRUParams(ParamArrays):
    """The parameters of one minGRU layer; rows in the order z, n.

    Fields:
        weight_ih: (2H, I).  bias_ih: (2H,) or None. There is no weight_hh: nothing sees the state.

    Raises:
        ArgumentError: a field has the wrong rank, size or dtype.
    """

    weight_ih: Array
    bias_ih: Array | None = None

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = {"weight_ih": ("2H", "I"), "bias_ih": ("2H",)}
    LEADING: ClassVar[str] = "weight_ih"
    ROWS: ClassVar[str] = "the gate z and the candidate n"


def init_mingru_params(
    rng: np.random.Generator, input_size: int, hidden_size: int, *, dtype: npt.DTypeLike = np.float64
) -> MinGRUParams:
    """Draw weight_ih and bias_ih uniformly from (-1/sqrt(H), 1/sqrt(H)), as for the other layers.

    Args and errors: as in `gru_book.init_params`.
    """
    return MinGRUParams(**MinGRUParams.drawn(rng, ["weight_ih", "bias_ih"], input_size, hidden_size, dtype))


@dataclass(frozen=True, eq=False)
class MinGRUCache:
    """What `mingru_forward` and `mingru_log_forward` leave for their backwards; each array but x is (T, B, H)."""

    params: MinGRUParams
    x: Array  # (T, B, I), zero past each length
    z: Array
    a_n: Array  # the candidate's pre-activation; the candidate itself for `mingru`
    keep: Array  # 1 - z, and 1 past each length, where the state is held
    h: Array  # the state after each step
    h_0: Array  # (B, H)
    valid: Array | None  # (T, B, 1) bool, True up to each length; None: all of it


@dataclass(frozen=True, eq=False)
class MinGRUGrads:
    """Gradients of the loss: d_x (T, B, I), d_h_0 (B, H), and d_params in the shape of the parameters."""

    d_x: Array
    d_h_0: Array
    d_params: MinGRUParams


def mingru(
    params: MinGRUParams,
    x: Array,
    h_0: Array | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
    parallel: bool = True,
) -> tuple[Array, Array]:
    """Run the minGRU over a batch of sequences: output (T, B, H) and h_n (B, H).

    Args:
        x, h_0, lengths: as in `gru`.
        parallel: True scans in about 2 log2(T) steps on whole arrays, False step by step; the same numbers but for
            rounding.

    Raises:
        ArgumentError: rank, size, dtype or a length does not fit. NaN and inf in valid steps propagate.
    """
    output, h_n, _ = mingru_forward(params, x, h_0, lengths=lengths, parallel=parallel)
    return output, h_n


def mingru_forward(
    params: MinGRUParams,
    x: Array,
    h_0: Array | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
    parallel: bool = True,
) -> tuple[Array, Array, MinGRUCache]:
    """As `mingru`, and also returns the cache that `mingru_backward` needs."""
    params = MinGRUParams.checked(params)
    x, h_0, valid = checked_sequence(params, x, h_0, lengths)
    a_z, n = split_two(_pre_activations(params, x))
    z = sigmoid(a_z)
    keep, gain = _where_valid(valid, 1.0 - z, 1.0), _where_valid(valid, z * n, 0.0)
    h = (scan if parallel else scan_loop)(keep, gain, h_0)
    return _where_valid(valid, h, 0.0), h[-1].copy(), MinGRUCache(params, x, z, n, keep, h, h_0, valid)


def mingru_backward(cache: MinGRUCache, d_output: Array | None = None, d_h_n: Array | None = None) -> MinGRUGrads:
    """Gradients of a loss through all T steps: one scan from the last step to the first.

    Args and errors: as in `gru_backward`.
    """
    d_keep, d_gain, d_h_0 = _through_time(cache, d_output, d_h_n)
    d_z = d_gain * cache.a_n - d_keep
    return _grads(cache, sigmoid_backward(cache.z, d_z), d_gain * cache.z, d_h_0)


def mingru_log(
    params: MinGRUParams, x: Array, h_0: Array | None = None, *, lengths: npt.ArrayLike | None = None
) -> tuple[Array, Array]:
    """The minGRU with the candidate g(W_n x_t + b_n), computed on logarithms: output (T, B, H) and h_n (B, H).

    A different function from `mingru`, for the same parameters (see the head of this file). float32 or float64.

    Args:
        x, lengths: as in `gru`.  h_0: (B, H), >= 0; None means zeros.

    Raises:
        ArgumentError: as in `mingru`, or for a negative entry of h_0 or complex parameters.
    """
    output, h_n, _ = mingru_log_forward(params, x, h_0, lengths=lengths)
    return output, h_n


def mingru_log_forward(
    params: MinGRUParams, x: Array, h_0: Array | None = None, *, lengths: npt.ArrayLike | None = None
) -> tuple[Array, Array, MinGRUCache]:
    """As `mingru_log`, and also returns the cache that `mingru_log_backward` needs."""
    params = MinGRUParams.checked(params)
    if params.dtype.kind == "c":
        raise ArgumentError("params", "dtype float32 or float64: logaddexp has no complex form", f"{params.dtype}")
    x, h_0, valid = checked_sequence(params, x, h_0, lengths)
    if (h_0 < 0).any():
        raise ArgumentError("h_0", "numbers >= 0, which have logarithms", f"{h_0.min()}")
    a_z, a_n = split_two(_pre_activations(params, x))
    log_keep, log_gain = -softplus(a_z), -softplus(-a_z) + log_positive_part(a_n)
    with np.errstate(divide="ignore"):
        log_h_0 = np.log(h_0)
    log_h = log_scan(_where_valid(valid, log_keep, 0.0), _where_valid(valid, log_gain, -np.inf), log_h_0)
    z, h = sigmoid(a_z), np.exp(log_h)
    cache = MinGRUCache(params, x, z, a_n, _where_valid(valid, 1.0 - z, 1.0), h, h_0, valid)
    return _where_valid(valid, h, 0.0), h[-1].copy(), cache


def mingru_log_backward(cache: MinGRUCache, d_output: Array | None = None, d_h_n: Array | None = None) -> MinGRUGrads:
    """Gradients through all T steps, for the cache of `mingru_log_forward`. Args and errors: as in `gru_backward`.

    The states are those of h_t = (1 - z_t) h_{t-1} + z_t g(a_n), so the gradient goes the way of `mingru_backward`,
    without logarithms: a scan back in time adds and multiplies alone, and needs no h > 0.
    """
    d_keep, d_gain, d_h_0 = _through_time(cache, d_output, d_h_n)
    d_z = d_gain * positive_part(cache.a_n) - d_keep
    d_a_n = positive_part_backward(cache.a_n, d_gain * cache.z)
    return _grads(cache, sigmoid_backward(cache.z, d_z), d_a_n, d_h_0)


def positive_part(a: Array) -> Array:
    """g(a) = a + 1/2 for a >= 0, and sigmoid(a) for a < 0: continuous and > 0. Any shape."""
    g: Array = np.where(a.real >= 0, a + 0.5, sigmoid(a))
    return g


def positive_part_backward(a: Array, d_g: Array) -> Array:
    """d_a from d_g, given the *input* a: the derivative is 1 for a >= 0, and that of sigmoid below."""
    d_a: Array = np.where(a.real >= 0, d_g, sigmoid_backward(sigmoid(a), d_g))
    return d_a


def log_positive_part(a: Array) -> Array:
    """log g(a), exact where g(a) itself underflows."""
    log_g: Array = np.where(a >= 0, np.log(np.maximum(a, 0.0) + 0.5), -softplus(-a))
    return log_g


def _pre_activations(params: MinGRUParams, x: Array) -> Array:
    """x: (T, B, I) -> (T, B, 2H)."""
    a = x @ params.weight_ih.T
    return a if params.bias_ih is None else a + params.bias_ih


def _where_valid(valid: Array | None, a: Array, past: float) -> Array:
    """a, and `past` after each length."""
    if valid is None:
        return a
    masked: Array = np.where(valid, a, past).astype(a.dtype, copy=False)
    return masked


def _through_time(cache: MinGRUCache, d_output: Array | None, d_h_n: Array | None) -> tuple[Array, Array, Array]:
    """The gradients in 1 - z and z * n, zero past each length, and that in h_0."""
    if not isinstance(cache, MinGRUCache):
        raise ArgumentError("cache", "the cache that the forward returned", describe(cache))
    seq_len, batch, hidden_size = cache.h.shape
    d_output, d_h_n = checked_gradients(d_output, d_h_n, (seq_len, batch, hidden_size), cache.h.dtype)
    d_h = np.zeros_like(cache.h) if d_output is None else _where_valid(cache.valid, d_output, 0.0).copy()
    d_h[-1] += d_h_n  # the state is held up to the last step, so h_n is its h for every length
    d_keep, d_gain, d_h_0 = scan_backward(cache.keep, cache.h, d_h, cache.h_0)
    return _where_valid(cache.valid, d_keep, 0.0), _where_valid(cache.valid, d_gain, 0.0), d_h_0


def _grads(cache: MinGRUCache, d_a_z: Array, d_a_n: Array, d_h_0: Array) -> MinGRUGrads:
    """The weights' gradients, one product over all T*B rows, from those in the pre-activations, (T, B, H)."""
    params = cache.params
    d_a = np.concatenate([d_a_z, d_a_n], axis=-1)
    d_params = MinGRUParams(
        weight_ih=rows(d_a).T @ rows(cache.x),
        bias_ih=None if params.bias_ih is None else rows(d_a).sum(axis=0),
    )
    return MinGRUGrads(d_a @ params.weight_ih, d_h_0, d_params)
